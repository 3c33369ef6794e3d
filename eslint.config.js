import tseslint from 'typescript-eslint';
import house from './scripts/house-lint.mjs';
import { impureGlobals } from './scripts/house.mjs';

const reason = 'libs/core knows no clock, chance or wire: take it as a parameter';

export default tseslint.config(
  { ignores: ['dist', 'node_modules', '.sluice', 'bench/peers', 'bench/.tmp', 'libs/adapter-postgres/src/generated'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    plugins: { house },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'house/imports': 'error',
      'house/constant-sql': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Its fix turns imports that Nest needs for injection into types. Never on.
      '@typescript-eslint/consistent-type-imports': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/require-await': 'off', // ports are async whether an implementation waits or not
      eqeqeq: ['error', 'always'],
    },
  },
  {
    files: ['libs/core/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-globals': ['error', ...impureGlobals.map((name) => ({ name, message: reason }))],
      'no-restricted-syntax': [
        'error',
        { selector: 'MemberExpression[object.name="Date"][property.name="now"]', message: reason },
        { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: reason },
        { selector: 'MemberExpression[object.name="Math"][property.name="random"]', message: reason },
      ],
    },
  },
);
