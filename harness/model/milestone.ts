/** A milestone of the recovery as people say it: `etcdServingMs` → `etcd serving`. */
export function milestoneName(name: string): string {
  return name
    .replace(/Ms$/, '')
    .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .replace(/^(api|dns) /, (word) => word.toUpperCase());
}
