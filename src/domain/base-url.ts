/** Checks a vendor's base URL: https, or plain http on loopback. */
import { AppError } from './errors.js';
import { withoutTrailingSlashes } from './vendor-text.js';

/** Whether the URL is localhost, ::1 or 127.0.0.0/8: these bypass proxies, and plain http is fine there. */
export function isLoopback(url: URL): boolean {
  // WHATWG parsing has already turned 127.1 and 0x7f000001 into dotted quads.
  return (
    url.hostname === 'localhost' ||
    url.hostname === '[::1]' ||
    /^127\.\d+\.\d+\.\d+$/.test(url.hostname)
  );
}

/**
 * Parses a base URL, without trailing slashes. Throws `configuration`, naming `name` but never the value, which may
 * contain credentials.
 */
export function parseBaseUrl(name: string, value: string): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !isSafeScheme(url)) {
    throw badUrl(name, 'must be an https URL (plain http works on loopback only)');
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw badUrl(name, 'must be an origin and path, nothing else');
  }
  url.pathname = withoutTrailingSlashes(url.pathname);
  return url;
}

function isSafeScheme(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url));
}

function badUrl(name: string, complaint: string): AppError {
  return new AppError(
    'configuration',
    `${name} ${complaint}.`,
    `Set ${name} to an address such as https://api.example.com, or unset it for the default.`,
  );
}
