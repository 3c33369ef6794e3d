import type { Problem } from '#contracts';

interface Issue {
  path: readonly PropertyKey[];
  code?: string;
  message: string;
}

/** Errors listed in one problem. */
const errorsMax = 100;

/** What a contract's schema found wrong, as a problem's `errors`: pointers into the body, the first 100. */
export function schemaErrors(issues: readonly Issue[]): NonNullable<Problem['errors']> {
  return issues.slice(0, errorsMax).map((issue) => ({
    pointer: issue.path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
    code: issue.code ?? 'invalid',
    message: issue.message,
  }));
}
