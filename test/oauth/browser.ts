/** A minimal browser: follows redirects with its cookies until it leaves its origin. */

/** The address where it ends up outside its first origin. */
export async function browse(authorizeUrl: string): Promise<string> {
  const cookies = new Map<string, string>();
  let at = new URL(authorizeUrl);
  const { origin } = at;
  for (let hops = 0; hops < 20; hops += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const reply = await fetch(at, { redirect: 'manual', headers: { cookie } });
    for (const line of reply.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    const location = reply.headers.get('location');
    if (location === null) {
      throw new Error(`it ends on ${at.pathname} with ${reply.status}: ${await reply.text()}`);
    }
    at = new URL(location, at);
    if (at.origin !== origin) return at.href;
  }
  throw new Error('redirects without end');
}
