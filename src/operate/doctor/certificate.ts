/** Looks at the certificate that an https address shows, and at the chain behind it. */
import { connect, type TLSSocket } from 'node:tls';
import { getProxyForUrl } from 'proxy-from-env';
import { isLoopback } from '../../domain/base-url.js';

export type SeenCertificate =
  | { kind: 'unseen'; why: string }
  | {
      kind: 'seen';
      /** Why a stranger would not take it; null when it is good. */
      refusal: string | null;
      /** Epoch ms. */
      validTo: number;
    };

const REFUSALS: Record<string, string> = {
  CERT_HAS_EXPIRED: 'it has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its chain ends in an authority that is not public',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the chain lacks the certificate between it and its authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the chain lacks the certificate between it and its authority',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another name',
};

/** Any certificate is taken for the look: what is wrong with it is the answer. Never throws. */
export async function lookAtCertificate(url: URL, signal: AbortSignal): Promise<SeenCertificate> {
  if (!isLoopback(url) && getProxyForUrl(url.href) !== '') {
    return { kind: 'unseen', why: 'it lies behind this machine’s proxy' };
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? 443 : Number(url.port);
  return new Promise((resolve) => {
    const servername = /^[\d.:]+$/.test(host) ? '' : host;
    const socket = connect({ host, port, servername, rejectUnauthorized: false }, () => {
      resolve(readCertificate(socket));
      socket.destroy();
    });
    const give = (why: string) => (): void => {
      resolve({ kind: 'unseen', why });
      socket.destroy();
    };
    socket.on('error', ({ code }: NodeJS.ErrnoException) => give(code ?? 'no TLS there')());
    signal.addEventListener('abort', give('no answer in time'));
  });
}

function readCertificate(socket: TLSSocket): SeenCertificate {
  const { valid_to: validTo } = socket.getPeerCertificate();
  // Typed as an Error, and a code as text at run time.
  const code = socket.authorized ? null : String(socket.authorizationError);
  return {
    kind: 'seen',
    refusal: code === null ? null : (REFUSALS[code] ?? code),
    validTo: Date.parse(validTo),
  };
}
