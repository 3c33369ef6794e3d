/** Who holds the stack's token is one owner, and may submit for any other. */
export const tokenOwner = { issuer: 'stack-token', subject: 'operator' } as const;
