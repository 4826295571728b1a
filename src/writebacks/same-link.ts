/** Whether two links are the same to Lever, which may store them without scheme or trailing slash. */
function bare(link: string): string {
  return link
    .trim()
    .replace(/^https?:\/\//i, '')
    .replace(/\/+$/, '');
}

export function isSameLink(a: string, b: string): boolean {
  return bare(a) === bare(b);
}
