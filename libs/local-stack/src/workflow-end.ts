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
    const { WorkflowView } = await import('#contracts');
    const view = WorkflowView.safeParse(await answer.json());
    return view.success && endStates.has(view.data.workflow.state);
  } catch {
    return false;
  }
}
