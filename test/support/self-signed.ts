/** A certificate for these hosts, made by openssl. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Returns the files of the certificate and of its key. */
export function selfSigned(folder: string, hosts: readonly string[]) {
  const [certificate, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const names = `subjectAltName=${hosts.map((host) => `DNS:${host}`).join(',')}`;
  const made = ['-keyout', key, '-out', certificate, '-subj', '/CN=test', '-addext', names];
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...made];
  execFileSync('openssl', args, { stdio: 'ignore' });
  return { certificate, key };
}
