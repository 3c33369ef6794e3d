export * from './issuer-away.js';
export { OidcVerifier } from './oidc-verifier.js';
export { issuerFaults } from './issuer-faults.js';
