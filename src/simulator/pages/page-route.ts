// The type of a page or a form's action, the same for both vendors.
import type { z } from 'zod';
import type { Html } from './html.js';
import { randomUUID } from 'node:crypto';

export interface Page {
  title: string;
  body: Html;
  /** `window` = narrow and without the vendor's menu. */
  shape?: 'wide' | 'window';
}

export interface PageCall {
  params: Record<string, string>;
  query: Record<string, string | string[] | undefined>;
  form: unknown;
  shownOnce: ShownOnce;
}

/** Where the browser goes after an action. */
export interface GoTo {
  goTo: string;
}

export interface PageRoute<World> {
  method: 'GET' | 'POST';
  path: string;
  /** @throws a ZodError or a SimulatedError, which become a page that says so. */
  answer: (world: World, call: PageCall) => Page | GoTo | Promise<GoTo>;
}

export function page<World>(
  path: string,
  answer: (world: World, call: PageCall) => Page | GoTo,
): PageRoute<World> {
  return { method: 'GET', path, answer };
}

/** An action of a form with these fields; `run` returns the address of the next page. */
export function action<World, Input extends z.ZodType>(
  path: string,
  fields: Input,
  run: (world: World, input: z.infer<Input>, call: PageCall) => string | Promise<string>,
): PageRoute<World> {
  return {
    method: 'POST',
    path,
    answer: async (world, call) => ({
      goTo: await run(world, fields.parse(call.form ?? {}), call),
    }),
  };
}

/** The path parameter `:id`. */
export function idIn({ params }: PageCall): string {
  return params['id'] ?? '';
}

/** The first value of a query parameter. */
export function valueIn({ query }: PageCall, name: string): string | undefined {
  const value = query[name];
  return Array.isArray(value) ? value[0] : value;
}

export class ShownOnce {
  private readonly secrets = new Map<string, string>();

  /** Returns the ticket for `take`. */
  put(secret: string): string {
    const ticket = randomUUID();
    this.secrets.set(ticket, secret);
    return ticket;
  }

  take(ticket: string | undefined): string | undefined {
    const secret = this.secrets.get(ticket ?? '');
    this.secrets.delete(ticket ?? '');
    return secret;
  }
}
