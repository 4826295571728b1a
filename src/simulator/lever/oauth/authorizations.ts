// What Super Admins granted to apps: one-time codes, rotating refresh tokens, revocation.
//
//   Accept → code ──exchange──▶ authorization {access token, refresh token 1}
//                                └─refresh──▶ {access token, refresh token 2}; token 1 is old
//   Reuse of an old refresh token or code revokes the authorization.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { notFound } from '../../simulated-error.js';
import type { LeverAccess } from '../lever-access.js';
import type { LeverSwitches } from '../lever-switches.js';
import type {
  Authorization,
  AuthorizationCode,
  AuthorizeRequest,
  OAuthClient,
  RefreshToken,
  TokenReply,
} from './oauth-records.js';
import { rightsOf } from './oauth-scopes.js';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const codeLifeMs = 10 * minuteMs;
/** A refresh token lives one year, or 90 idle days [D]. */
const refreshLifeMs = 365 * dayMs;
const refreshIdleMs = 90 * dayMs;

interface AuthorizationParts {
  now: () => number;
  switches: LeverSwitches;
  access: LeverAccess;
}

export class Authorizations {
  readonly all = new Map<string, Authorization>();
  private readonly codes = new Map<string, AuthorizationCode>();

  constructor(private readonly parts: AuthorizationParts) {}

  /** A code that `exchange` accepts once, within ten minutes. */
  issueCode(request: AuthorizeRequest, userId: string): string {
    const code = randomBytes(24).toString('base64url');
    this.codes.set(code, { ...request, userId, madeAt: this.parts.now(), spentOn: null });
    return code;
  }

  /** @throws `invalid_grant` for a code that doesn't match this client, callback and verifier. */
  exchange(
    client: OAuthClient,
    given: { code: string; redirectUri: string; verifier: string | undefined },
  ): TokenReply {
    const code = this.codes.get(given.code);
    if (code?.client.id !== client.id) throw this.invalidGrant('Invalid authorization code');
    if (code.spentOn !== null) {
      this.revoke(code.spentOn, 'code used twice');
      throw this.invalidGrant('Invalid authorization code');
    }
    if (this.parts.now() > code.madeAt + codeLifeMs)
      throw this.invalidGrant('The code has expired');
    if (code.redirectUri !== given.redirectUri) throw this.invalidGrant('redirect_uri differs');
    this.checkVerifier(code, given.verifier);
    const authorization = this.add(code);
    code.spentOn = authorization.id;
    return this.issueTokens(authorization);
  }

  /** Each refresh returns a new refresh token [D]; switches decide what happens to the old one. */
  refresh(client: OAuthClient, refreshToken: string): TokenReply {
    const authorization = [...this.all.values()].find(({ refreshTokens }) =>
      refreshTokens.has(refreshToken),
    );
    const token = authorization?.refreshTokens.get(refreshToken);
    if (!token || authorization?.clientId !== client.id || authorization.revokedAt !== null) {
      throw this.invalidGrant('Unknown or invalid refresh token');
    }
    const now = this.parts.now();
    if (!this.isStillGood(token)) {
      const isAttack = this.parts.switches.oldRefreshTokenReuse === 'revokes';
      if (isAttack) this.revoke(authorization.id, 'old refresh token');
      throw this.invalidGrant('Unknown or invalid refresh token');
    }
    if (now > authorization.grantedAt + refreshLifeMs || now > token.madeAt + refreshIdleMs) {
      throw this.invalidGrant('The refresh token has expired');
    }
    token.replacedAt ??= now;
    return this.issueTokens(authorization);
  }

  /** @throws a 404 when there is none. */
  revoke(id: string, because: Authorization['revokedBecause'] = 'revoked in Lever'): Authorization {
    const authorization = this.all.get(id);
    if (!authorization) throw notFound(`authorization ${id}`);
    if (authorization.revokedAt !== null) return authorization;
    authorization.revokedAt = this.parts.now();
    authorization.revokedBecause = because;
    this.parts.access.revoke(id);
    return authorization;
  }

  /** The Revoke Access button: revokes everything granted to this app. Idempotent. */
  revokeApp(clientId: string): Authorization[] {
    const granted = [...this.all.values()].filter((row) => row.clientId === clientId);
    return granted.map(({ id }) => this.revoke(id));
  }

  /** Ages every access token issued so far by an hour. */
  expireAccessTokens(): number {
    const tokens = [...this.parts.access.grants.values()].filter(({ kind }) => kind === 'oauth');
    for (const token of tokens) token.expiresAt = this.parts.now();
    return tokens.length;
  }

  /** The newest is always valid; a used one for as long as the switch says. */
  private isStillGood({ replacedAt }: RefreshToken): boolean {
    const { oldRefreshTokenGoodMs: goodMs } = this.parts.switches;
    if (replacedAt === null || goodMs === 'forever') return true;
    return this.parts.now() < replacedAt + goodMs;
  }

  private add({ client, userId, scopes }: AuthorizationCode): Authorization {
    const authorization: Authorization = {
      id: randomUUID(),
      clientId: client.id,
      userId,
      scopes,
      grantedAt: this.parts.now(),
      revokedAt: null,
      revokedBecause: null,
      refreshTokens: new Map(),
    };
    this.all.set(authorization.id, authorization);
    return authorization;
  }

  private issueTokens({ id, scopes, refreshTokens }: Authorization): TokenReply {
    const { access, now, switches } = this.parts;
    const expiresIn = switches.accessTokenSeconds;
    const { credential } = access.add({
      id,
      name: 'OAuth access token',
      kind: 'oauth',
      credential: randomBytes(32).toString('base64url'),
      rights: rightsOf(scopes),
      expiresAt: now() + expiresIn * 1000,
    });
    const refreshToken = randomBytes(32).toString('base64url');
    const isLasting = scopes.includes('offline_access');
    if (isLasting) refreshTokens.set(refreshToken, { madeAt: now(), replacedAt: null });
    return {
      access_token: credential,
      ...(isLasting ? { refresh_token: refreshToken } : {}),
      token_type: 'Bearer',
      scope: scopes.join(' '),
      expires_in: expiresIn,
    };
  }

  private checkVerifier({ codeChallenge }: AuthorizationCode, verifier: string | undefined): void {
    if (codeChallenge === null || this.parts.switches.pkce === 'unchecked') return;
    const digest = createHash('sha256')
      .update(verifier ?? '')
      .digest('base64url');
    if (verifier === undefined || digest !== codeChallenge) {
      throw this.invalidGrant('Failed to verify code verifier');
    }
  }

  private invalidGrant(description: string): OAuthError {
    return new OAuthError(this.parts.switches.invalidGrantStatus, 'invalid_grant', description);
  }
}

export class OAuthError extends Error {
  constructor(
    readonly status: number,
    readonly error: string,
    description: string,
  ) {
    super(description);
    this.name = 'OAuthError';
  }
}
