// Character classes of ASCII.

export function isdigit(c: u8): bool {
  return c >= 48 && c <= 57;
}
inline(isdigit);

export function isspace(c: u8): bool {
  return c === 32 || (c >= 9 && c <= 13);
}
inline(isspace);

export function islower(c: u8): bool {
  return c >= 97 && c <= 122;
}
inline(islower);

export function isupper(c: u8): bool {
  return c >= 65 && c <= 90;
}
inline(isupper);

export function isalpha(c: u8): bool {
  return (c >= 97 && c <= 122) || (c >= 65 && c <= 90);
}
inline(isalpha);

export function isalnum(c: u8): bool {
  return isalpha(c) || isdigit(c);
}
inline(isalnum);

export function isxdigit(c: u8): bool {
  return isdigit(c) || (c >= 97 && c <= 102) || (c >= 65 && c <= 70);
}
inline(isxdigit);

export function isprint(c: u8): bool {
  return c >= 32 && c < 127;
}
inline(isprint);

export function tolower(c: u8): u8 {
  return isupper(c) ? u8(c + 32) : c;
}
inline(tolower);

export function toupper(c: u8): u8 {
  return islower(c) ? u8(c - 32) : c;
}
inline(toupper);
