/** The HTTP door of a home: the same for the daemon and for a setup that has no daemon running yet. */
import type { FastifyInstance } from 'fastify';
import { AppError } from '../domain/errors.js';
import { withoutTrailingSlashes } from '../domain/vendor-text.js';
import { createIngressServer } from '../ingress/ingress-server.js';
import { SparingLog } from '../ingress/sparing-log.js';
import type { House } from './house.js';
import { finishLogin } from './lever-login.js';
import { answerLogin } from './login-callback.js';
import type { Readiness } from './readiness.js';

export interface IngressHooks {
  /** A new delivery says that somebody is to be looked at. */
  onHint: () => void;
  onRefused: (kind: 'malformed' | 'forged', isTokenMixup: boolean) => void | Promise<void>;
  isDraining: () => boolean;
  readiness: Readiness;
  /** Ends what is under way with a vendor. */
  signal: AbortSignal;
}

export function makeIngress(house: House, hooks: IngressHooks): FastifyInstance {
  const { clock, log } = house.surroundings;
  const logins = new SparingLog((fields) => log.info(fields, 'login came back'));
  return createIngressServer({
    webhookId: () =>
      house.integration.isInUse() ? house.configuration.current().settings.webhookId : null,
    signingTokens: () => house.configuration.current().signingTokens,
    publicPath: () => pathOf(house.configuration.current().settings.publicUrl),
    finishLogin: async (query) => {
      const finish = () => finishLogin(house, query, hooks.signal);
      const { page, outcome } = await answerLogin(finish);
      const why = outcome instanceof AppError ? outcome.message : undefined;
      logins.note(why ?? 'finished', { status: page.status, why });
      return page;
    },
    accept: async (delivery) => {
      const accepted = await house.deliveries.accept(delivery, clock.now());
      house.observer.onAccepted(accepted);
      if (accepted.isNew && accepted.outcome === 'look') hooks.onHint();
      return accepted;
    },
    isDraining: hooks.isDraining,
    isReady: async () => (await hooks.readiness.unreadyReasons()).length === 0,
    onRefused: hooks.onRefused,
    onTurnedAway: (status) => house.observer.onTurnedAway(status),
    log,
  });
}

function pathOf(publicUrl: string | null): string {
  return publicUrl === null ? '' : withoutTrailingSlashes(new URL(publicUrl).pathname);
}
