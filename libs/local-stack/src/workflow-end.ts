const askMsMax = 5_000;
const endStates = new Set(['done', 'partial', 'failed', 'cancelled']);

/**
 * Asks the gateway whether a workflow has ended. One that is not known is not waited for; a gateway that does not
 * answer may be on its way back, so that counts as no.
 */
export async function hasWorkflowEnded(ask: { url: string; token: string; workflow: string }): Promise<boolean> {
  try {
    const answer = await fetch(`${ask.url}/api/v1/workflows/${encodeURIComponent(ask.workflow)}`, {
      headers: { authorization: `Bearer ${ask.token}` },
      signal: AbortSignal.timeout(askMsMax),
    });
    if (answer.status === 404) return true;
    if (!answer.ok) return false;
    // The command line loads this folder at every verb, and schemas would take longer than all the rest of it.
    const { WorkflowSummary } = await import('#contracts');
    const { workflow } = (await answer.json()) as { workflow?: unknown };
    // No more than it needs: a stack may have been started by another version.
    const view = WorkflowSummary.pick({ state: true }).safeParse(workflow);
    return view.success && endStates.has(view.data.state);
  } catch {
    return false;
  }
}
