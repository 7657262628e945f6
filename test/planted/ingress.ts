import { alterOn, type Defect, defectsOf } from './defect.ts';

export const ingressDefects: Defect[] = defectsOf('ingress', [
  [
    'ingress-unanswered',
    'the certificate of a route is of another world',
    (twin) =>
      alterOn(twin, 'ingress-route', 'https://shop.example.org', (seen) => ({
        ...seen,
        pod: null,
        known: null,
        error: 'self-signed certificate',
      })),
  ],
  [
    'ingress-unanswered',
    'the endpoints came out of the snapshot, their pods are gone',
    (twin) =>
      alterOn(twin, 'ingress-route', 'http://shop.example.org', (seen) => ({
        ...seen,
        pod: null,
        known: null,
        error: 'shop.example.org at 10.77.0.11 answers 502',
      })),
  ],
  [
    'ingress-phantom-pod',
    'a kubelet goes on running a pod that was made after the backup',
    (twin) =>
      alterOn(twin, 'ingress-route', 'http://shop.example.org', (seen) => ({
        ...seen,
        known: false,
      })),
  ],
]);
