// The records of OAuth: apps, what an app asks for, and what a Super Admin granted.

export interface OAuthClient {
  id: string;
  secret: string;
  name: string;
  description: string;
  /** A `redirect_uri` must equal one of them exactly [D]. */
  callbacks: string[];
  /** Nothing beyond these is ever granted. */
  scopes: string[];
  createdAt: number;
}

/** What `/authorize` was asked for, once its client and callback are verified. */
export interface AuthorizeRequest {
  client: OAuthClient;
  redirectUri: string;
  state: string | undefined;
  scopes: string[];
  codeChallenge: string | null;
}

export interface AuthorizationCode extends AuthorizeRequest {
  userId: string;
  madeAt: number;
  /** The authorization that it was exchanged for; a second exchange revokes that one. */
  spentOn: string | null;
}

export interface RefreshToken {
  madeAt: number;
  /** When it was first used; null = it is the newest. */
  replacedAt: number | null;
}

/** One login of one app; the app's access tokens are grants with the same id. */
export interface Authorization {
  id: string;
  clientId: string;
  userId: string;
  scopes: string[];
  grantedAt: number;
  revokedAt: number | null;
  revokedBecause: 'revoked in Lever' | 'old refresh token' | 'code used twice' | null;
  refreshTokens: Map<string, RefreshToken>;
}

export interface TokenReply {
  access_token: string;
  refresh_token?: string;
  token_type: 'Bearer';
  scope: string;
  expires_in: number;
}
