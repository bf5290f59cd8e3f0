/** Runs the jobs it is sent, one after the other: a process of its own, so that two use two cores. */
import { TASKS } from './tasks.js';

export interface Job {
  readonly task: string;
  readonly seed: number;
}

process.on('message', async ({ task, seed }: Job) => {
  const start = process.cpuUsage();
  const { run } = TASKS.find(({ name }) => name === task)!;
  const answer = await run(seed).catch((error: Error) => ({ error: error.message }));
  const { user, system } = process.cpuUsage(start);
  process.send!({ ...answer, seconds: (user + system) / 1e6 });
});
