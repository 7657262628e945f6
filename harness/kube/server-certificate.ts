import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';

/** The certificates that a server shows, its own first. Nothing is verified, and no request is sent. */
export function shownCertificates(
  address: { host: string; port: number },
  timeoutMs: number,
): Promise<X509Certificate[]> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...address, rejectUnauthorized: false }, () => {
      const chain: X509Certificate[] = [];
      let shown = socket.getPeerCertificate(true);
      while (shown?.raw !== undefined && !chain.some(({ raw }) => raw.equals(shown.raw))) {
        chain.push(new X509Certificate(shown.raw));
        shown = shown.issuerCertificate;
      }
      socket.destroy();
      resolve(chain);
    });
    socket.setTimeout(timeoutMs, () =>
      socket.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)),
    );
    socket.on('error', reject);
  });
}
