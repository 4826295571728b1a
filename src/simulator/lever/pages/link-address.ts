// Where a candidate's link leads: links may be stored without their scheme.

/** undefined for what a browser shouldn't follow: anything but http and https. */
export function linkAddress(link: string): string | undefined {
  if (/^https?:\/\//i.test(link)) return URL.canParse(link) ? link : undefined;
  const isHost = /^[\w.-]+(:\d+)?(\/|$)/.test(link);
  if (!isHost) return undefined;
  const isLoopback = /^(localhost|127\.0\.0\.1)(:|\/|$)/.test(link);
  return `${isLoopback ? 'http' : 'https'}://${link}`;
}
