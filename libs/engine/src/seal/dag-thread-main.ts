/** The thread of one seal: holds one graph, and answers DagQuestions in the order they come. An error ends the thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { DagBuilder, readPack, type Dag, type DagStep } from '#core';
import type { DagFinish, DagQuestion, DagStart } from './dag-messages.js';

const { size, limits, collided } = workerData as DagStart;
let builder: DagBuilder | null = new DagBuilder(size, limits, collided);
let dag: Dag | null = null;

parentPort?.on('message', (question: DagQuestion) => {
  switch (question.ask) {
    case 'add':
      building().add(question.chunkNo, readPack(question.pack));
      return parentPort?.postMessage(question.pack.buffer, [question.pack.buffer]);
    case 'finish':
      return parentPort?.postMessage(finish(question.tasks));
    case 'step':
      if (!dag) throw new Error('a step was asked of a graph that is not whole');
      return postStep(dag.step(question.from, question.limits));
    case 'nearest':
      return parentPort?.postMessage(question.names.map((name) => building().nearest(name)));
  }
});

function building(): DagBuilder {
  if (!builder) throw new Error('the graph is finished');
  return builder;
}

function finish(tasks: number): DagFinish {
  const result = building().finish();
  if (result.dag) {
    builder = null; // its tables are no longer needed: let go of them before the steps
    dag = result.dag;
    const { byTask, barriers } = dag.roots();
    return { kind: 'whole', jobs: dag.jobs, edges: dag.edges, sums: dag.taskSums(tasks), roots: byTask, barriers };
  }
  if ('edges' in result) return { kind: 'too-many-edges', edges: result.edges };
  return { kind: 'faulty', faults: result.faults, counts: result.counts };
}

function postStep(step: DagStep): void {
  const arrays = [step.task, step.kind, step.parentsLeft, step.childStart, step.children, step.written];
  parentPort?.postMessage(
    step,
    arrays.map((array) => array.buffer as ArrayBuffer),
  );
}
