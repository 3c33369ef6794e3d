import type { WorkflowState } from '#contracts';
import type { OrderStore } from '../ports/order-store.js';

export interface OrderPorts {
  orders: OrderStore;
  /** Wakes the owner of a partition; may be lost, its sweep finds the order. */
  hintCommand: (partition: number) => void;
}

/**
 * Asks for the end of a workflow. Nothing of it is leased any more once this returns. Safe to repeat.
 * @returns its state: an ended one stays as it is; null for an unknown workflow.
 */
export async function requestCancel(ports: OrderPorts, workflowNo: string): Promise<WorkflowState | null> {
  const request = await ports.orders.requestCancel(workflowNo);
  if (request?.ordered) ports.hintCommand(request.partition);
  return request?.state ?? null;
}
