/** Links, compared as Lever may store them: without their scheme or trailing slash. */
import { withoutTrailingSlashes } from './vendor-text.js';

export function bareLink(link: string): string {
  return withoutTrailingSlashes(link.trim().replace(/^https?:\/\//i, ''));
}

export function isSameLink(a: string, b: string): boolean {
  return bareLink(a) === bareLink(b);
}
