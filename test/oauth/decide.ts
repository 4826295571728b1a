/** Presses Accept or Deny in the simulated Lever's window; resolves with where the browser goes. */
export async function decide(
  authorizeUrl: string,
  decision: 'accept' | 'deny' = 'accept',
): Promise<string> {
  const body = new URLSearchParams({ decision });
  const reply = await fetch(authorizeUrl, { method: 'POST', body, redirect: 'manual' });
  const address = reply.headers.get('location');
  if (address === null) throw new Error(await reply.text());
  return address;
}
