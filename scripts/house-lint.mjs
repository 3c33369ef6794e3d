// The table of house.mjs as lint rules.
import { relative, sep } from 'node:path';
import { builtSql, importFault } from './house.mjs';

const fileOf = (context) => relative(context.cwd, context.filename).split(sep).join('/');

/** Reports imports that the table does not allow. */
const imports = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const file = fileOf(context);
    const judge = (source) => {
      if (source?.type !== 'Literal' || typeof source.value !== 'string') return;
      const message = importFault(file, source.value);
      if (message !== null) context.report({ node: source, message });
    };
    return {
      ImportDeclaration: (node) => judge(node.source),
      ExportNamedDeclaration: (node) => judge(node.source),
      ExportAllDeclaration: (node) => judge(node.source),
      ImportExpression: (node) => judge(node.source),
    };
  },
};

const isBuilt = (node) =>
  (node?.type === 'TemplateLiteral' && node.expressions.length > 0) ||
  (node?.type === 'BinaryExpression' && node.operator === '+') ||
  (node?.type === 'TaggedTemplateExpression' && isBuilt(node.quasi));

/** Reports SQL put together from strings: parameters only, so that no text of a user is ever read as SQL. */
const constantSql = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    if (fileOf(context) in builtSql) return {};
    return {
      'CallExpression[callee.type="MemberExpression"][callee.property.name=/^(query|command)$/]'(node) {
        const [first] = node.arguments;
        if (!isBuilt(first)) return;
        context.report({
          node: first,
          message: 'SQL is constant text with parameters; exceptions go to builtSql in scripts/house.mjs',
        });
      },
    };
  },
};

export default { rules: { imports, 'constant-sql': constantSql } };
