import { plain } from '../text.ts';

/** What XML 1.0 cannot hold at all, not even escaped. */
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;
/**
 * The package takes out everything outside the first plane by halves; better a sign that something
 * was there.
 */
const OUTSIDE_FIRST_PLANE = /[\u{10000}-\u{10ffff}]/gu;

/** Text that survives the package: without escape sequences and what XML cannot hold. */
export function xmlText(text: string): string {
  return plain(text).replace(FORBIDDEN, '').replace(OUTSIDE_FIRST_PLANE, '\ufffd');
}

const TOKEN =
  /<\?xml[^?]*\?>|<!\[CDATA\[[\s\S]*?\]\]>|<(\/?)([A-Za-z][\w.-]*)((?:\s+[\w.:-]+="[^"<]*")*)\s*(\/?)>|[^<]+/y;
const STRAY_AMPERSAND = /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-f]+);)/i;

/**
 * Reads a document of elements, text and CDATA back.
 * @returns how often each element occurs.
 * @throws Error when the document is not well-formed.
 */
export function countElements(document: string): Map<string, number> {
  const counts = new Map<string, number>();
  const open: string[] = [];
  for (let at = 0; at < document.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(document);
    if (token === null) throw new Error(`no well-formed XML at character ${at}`);
    const [text, closing, name, attributes, empty] = token;
    if (!text.startsWith('<![CDATA[') && STRAY_AMPERSAND.test(name ? (attributes ?? '') : text)) {
      throw new Error(`a stray & at character ${at}`);
    }
    if (name === undefined) continue;
    if (closing === '/') {
      const expected = open.pop();
      if (expected !== name) throw new Error(`</${name}> closes <${expected}> at character ${at}`);
      continue;
    }
    counts.set(name, (counts.get(name) ?? 0) + 1);
    if (empty !== '/') open.push(name);
  }
  if (open.length > 0) throw new Error(`<${open.join('><')}> is not closed`);
  return counts;
}
