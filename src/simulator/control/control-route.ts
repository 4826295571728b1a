// The type of a control route: its input, checked, and what it does to the worlds.
import { z } from 'zod';
import type { CodeSubmitWorld } from '../codesubmit/codesubmit-world.js';
import type { LeverWorld } from '../lever/lever-world.js';

export interface Worlds {
  lever: LeverWorld;
  codesubmit: CodeSubmitWorld;
}

export interface ControlRoute {
  method: 'GET' | 'POST';
  /** Without `/_simulator`. */
  path: string;
  /** `input` is a POST's body or a GET's query. @throws a ZodError or a SimulatedError. */
  run: (worlds: Worlds, input: unknown) => unknown;
}

/** A control route that accepts a JSON body of this shape. */
export function post<Input extends z.ZodType>(
  path: string,
  input: Input,
  run: (worlds: Worlds, input: z.infer<Input>) => unknown,
): ControlRoute {
  return { method: 'POST', path, run: (worlds, given) => run(worlds, input.parse(given ?? {})) };
}

export function get<Input extends z.ZodType>(
  path: string,
  input: Input,
  run: (worlds: Worlds, input: z.infer<Input>) => unknown,
): ControlRoute {
  return { method: 'GET', path, run: (worlds, given) => run(worlds, input.parse(given ?? {})) };
}

export const nothing = z.strictObject({});
export const text = z.string().min(1);
export const texts = z.array(z.string());
