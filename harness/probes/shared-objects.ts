import type { ObjectRef } from '../model/finding.ts';
import type { ApiList, ObservedObject } from '../model/observation.ts';

/** What was seen of an object besides its name. */
export type Sight = Pick<ObservedObject, 'uid' | 'revision' | 'contentHash'>;

/**
 * The same 50,000 objects are seen by three members and in six lists, at baseline and after:
 * equal sights share one record, or a drill would hold half a gigabyte of them.
 */
export class SharedObjects {
  readonly #known = new Map<string, ObservedObject>();

  /** @param view tells sights apart that are never equal, because their content is hashed differently. */
  record(view: 'etcd' | ApiList['mode'], ref: ObjectRef, sight: Sight): ObservedObject {
    const id = `${view} ${ref.group}/${ref.resource} ${ref.namespace ?? ''}/${ref.name}`;
    const known = this.#known.get(id);
    if (
      known !== undefined &&
      known.revision === sight.revision &&
      known.uid === sight.uid &&
      known.contentHash === sight.contentHash
    )
      return known;
    const { group, resource, namespace, name } = ref;
    const { uid, revision, contentHash } = sight;
    const fresh = { group, resource, namespace, name, uid, revision, contentHash };
    this.#known.set(id, fresh);
    return fresh;
  }
}
