/** Whether two links are the same to Lever, which may store them without scheme or trailing slash. */
import { withoutTrailingSlashes } from '../domain/vendor-text.js';

function bare(link: string): string {
  return withoutTrailingSlashes(link.trim().replace(/^https?:\/\//i, ''));
}

export function isSameLink(a: string, b: string): boolean {
  return bare(a) === bare(b);
}
