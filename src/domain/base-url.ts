/** Checks a vendor's base URL: https, or plain http on loopback. */
import { AppError } from './errors.js';
import { withoutTrailingSlashes } from './vendor-text.js';

/** True for localhost, ::1 and 127.0.0.0/8, which no proxy may see and where plain http is fine. */
export function isLoopback(url: URL): boolean {
  // WHATWG parsing has already turned 127.1 and 0x7f000001 into dotted quads.
  return (
    url.hostname === 'localhost' ||
    url.hostname === '[::1]' ||
    /^127\.\d+\.\d+\.\d+$/.test(url.hostname)
  );
}

/**
 * The URL without its trailing slashes.
 * @throws AppError `configuration`, naming `name` and never the value, which may hold credentials.
 */
export function parseBaseUrl(name: string, value: string): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !isSafeScheme(url)) {
    throw badUrl(name, 'is no https URL (plain http is taken on loopback only)');
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw badUrl(name, 'has more in it than origin and path');
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
