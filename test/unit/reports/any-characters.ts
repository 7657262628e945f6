import fc from 'fast-check';

/**
 * Strings of any code points, lone surrogates too; control characters are frequent. fast-check's
 * own take seconds to set up.
 */
export const anyCharacters = fc
  .array(fc.oneof(fc.nat(0x9f), fc.nat(0x2100), fc.nat(0x10ffff)), { maxLength: 40 })
  .map((codes) => String.fromCodePoint(...codes));
