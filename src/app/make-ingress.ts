/** The HTTP door of a home: the same for the daemon and for a setup that has no daemon running yet. */
import type { FastifyInstance } from 'fastify';
import { withoutTrailingSlashes } from '../domain/vendor-text.js';
import { createIngressServer, type LoginRoute } from '../ingress/ingress-server.js';
import type { House } from './house.js';

export interface IngressHooks {
  /** A new delivery says that somebody is to be looked at. */
  onHint: () => void;
  onRefused: (kind: 'malformed' | 'forged', isTokenMixup: boolean) => void | Promise<void>;
  onTurnedAway?: (status: number) => void;
  isDraining: () => boolean;
  isReady: () => Promise<boolean>;
  login: LoginRoute;
}

export function makeIngress(house: House, hooks: IngressHooks): FastifyInstance {
  const { clock, log } = house.surroundings;
  return createIngressServer({
    webhookId: () =>
      house.integration.isInUse() ? house.configuration.current().settings.webhookId : null,
    signingTokens: () => house.configuration.current().signingTokens,
    publicPath: () => pathOf(house.configuration.current().settings.publicUrl),
    login: hooks.login,
    accept: async (delivery) => {
      const accepted = await house.deliveries.accept(delivery, clock.now());
      if (accepted.isNew && accepted.outcome === 'look') hooks.onHint();
      return accepted;
    },
    isDraining: hooks.isDraining,
    isReady: hooks.isReady,
    onRefused: hooks.onRefused,
    ...(hooks.onTurnedAway && { onTurnedAway: hooks.onTurnedAway }),
    log,
  });
}

function pathOf(publicUrl: string | null): string {
  return publicUrl === null ? '' : withoutTrailingSlashes(new URL(publicUrl).pathname);
}
