# One image for every service; SLUICE_APP says which one a container runs.
FROM node:24-slim AS build
WORKDIR /sluice
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=optional --ignore-scripts
COPY . .
RUN npm run build

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /sluice
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts && npm cache clean --force
COPY --from=build /sluice/dist/apps dist/apps
COPY --from=build /sluice/dist/libs dist/libs
COPY --from=build /sluice/dist/transforms dist/transforms
COPY deploy/start-service.sh deploy/start-service.sh
# What a worker keeps: its journal and the work folders of its jobs.
RUN mkdir /work && chown node:node /work
USER node
ENTRYPOINT ["/bin/sh", "/sluice/deploy/start-service.sh"]
