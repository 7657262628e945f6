/** Why a webhook could not be called, told from the API server's own words. */
export interface WebhookCause {
  code: string;
  says: RegExp;
  /** Whether it may pass by itself, because the operator's pods are just starting. */
  heals: boolean;
  /** Completes `The webhook cannot be called, because`. */
  because: string;
  /** What to do when the operator is to stay; without it the configuration can only go. */
  repair?: string;
}

/** The words are those of kube-apiserver and of Go's crypto/tls and net; the first that fits counts. */
export const WEBHOOK_CAUSES: readonly WebhookCause[] = [
  {
    code: 'pod-webhook-service-missing',
    heals: false,
    says: /service "[^"]+" not found/,
    because: 'its Service does not exist: the operator was removed and its configuration was not',
  },
  {
    code: 'pod-webhook-no-endpoints',
    heals: true,
    says: /no endpoints available for service/,
    because: 'its Service has no ready endpoint: no pod of the operator runs',
    repair:
      'exempt the Namespace of the operator by a namespaceSelector, so that its own pods can start',
  },
  {
    code: 'pod-webhook-ca-mismatch',
    heals: false,
    says: /certificate signed by unknown authority/,
    because:
      'its server has a certificate of another authority than the caBundle: one of both is of another day',
    repair: 'write the authority of the running server into caBundle',
  },
  {
    code: 'pod-webhook-stranger',
    heals: false,
    says: /certificate is (not )?valid for|look like a TLS handshake|HTTP response to HTTPS/,
    because: 'somebody else answers at the address of its endpoint: the endpoint is of another day',
    repair: 'delete the pod that the endpoint stands for, so that the operator gets a new one',
  },
  {
    code: 'pod-webhook-refuses',
    heals: true,
    says: /connection refused/,
    because: 'nobody listens at its endpoint: that the pod is Ready came out of the backup',
    repair: 'start the server of the operator where its endpoint is',
  },
  {
    code: 'pod-webhook-silent',
    heals: true,
    says: /deadline exceeded|no route to host|i\/o timeout/,
    because: 'its endpoint does not answer: the host is gone, or a firewall drops the packets',
    repair: 'bring back the host, or delete its pods so that their endpoints go',
  },
];
