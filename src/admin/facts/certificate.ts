/** Checks the certificate of an https address, and its chain. */
import { connect, type TLSSocket } from 'node:tls';
import { getProxyForUrl } from 'proxy-from-env';
import { isLoopback } from '../../domain/base-url.js';

type SeenCertificate =
  | { kind: 'unseen'; why: string }
  | {
      kind: 'seen';
      /** Why clients would reject it; null when it is good. */
      refusal: string | null;
      /** Epoch ms. */
      validTo: number;
    };

const REFUSALS: Record<string, string> = {
  CERT_HAS_EXPIRED: 'it has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its chain ends at an authority that is not public',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the chain is missing the intermediate certificate',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the chain is missing the intermediate certificate',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another host name',
};

/** Accepts any certificate, because what is wrong with it is the answer. Never throws. */
export async function lookAtCertificate(url: URL, signal: AbortSignal): Promise<SeenCertificate> {
  if (!isLoopback(url) && getProxyForUrl(url.href) !== '') {
    return { kind: 'unseen', why: 'it can only be reached through this machine’s proxy' };
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
