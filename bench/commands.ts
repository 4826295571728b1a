/** What processes take: time, side by side, each once a round so that what disturbs one disturbs all; and memory. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

export interface Timeable {
  args: readonly string[];
  env: NodeJS.ProcessEnv;
}

/** By name, ms from each start to its end. */
export async function timeTogether<Name extends string>(
  commands: Readonly<Record<Name, Timeable>>,
  rounds: number,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(commands) as Name[];
  const took = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<
    Name,
    number[]
  >;
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) {
      const { args, env } = commands[name];
      const startedAt = performance.now();
      await once(spawn(process.execPath, args, { env, stdio: 'ignore' }), 'close');
      took[name].push(performance.now() - startedAt);
    }
  }
  return took;
}

export function memoryMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024;
}
