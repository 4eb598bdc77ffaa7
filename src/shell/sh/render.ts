// A command's text as `jobs` shows it: made from the syntax tree, as ash does.
import type { Command, ParameterPart, Part, Redirect, Word } from "./ast.js";

export function commandText(command: Command): string {
  switch (command.kind) {
    case "simple":
      return [...command.words.map(wordText), ...command.redirects.map(redirectText)].join(" ");
    case "pipeline":
      return command.commands.map(commandText).join(" | ");
    case "sequence":
      return `${commandText(command.left)}; ${commandText(command.right)}`;
    case "and":
      return `${commandText(command.left)} && ${commandText(command.right)}`;
    case "or":
      return `${commandText(command.left)} || ${commandText(command.right)}`;
    case "not":
      return `! ${commandText(command.body)}`;
    case "background":
      return `${commandText(command.body)} &`;
    case "function":
      return `${command.name}() { ... }`;
    default:
      return compoundText(command);
  }
}

function compoundText(
  command: Exclude<Command, { kind: "simple" | "pipeline" | "sequence" | "and" | "or" | "not" | "background" | "function" }>,
): string {
  switch (command.kind) {
    case "subshell":
      return `(${commandText(command.body)})`;
    case "group":
      return commandText(command.body);
    case "if": {
      const otherwise = command.otherwise ? ` else ${commandText(command.otherwise)};` : "";
      return `if ${commandText(command.test)}; then ${commandText(command.then)};${otherwise} fi`;
    }
    case "loop":
      return `${command.until ? "until" : "while"} ${commandText(command.test)}; do ${commandText(command.body)}; done`;
    case "for":
      return `for ${command.name} in ${(command.words ?? []).map(wordText).join(" ")}; do ${commandText(command.body)}; done`;
    case "case": {
      const items = command.items.map((item) => ` ${item.patterns.map(wordText).join("|")}) ${item.body ? commandText(item.body) : ""};;`);
      return `case ${wordText(command.subject)} in${items.join("")} esac`;
    }
  }
}

const wordText = (word: Word): string => partsText(word.parts);

function partsText(parts: readonly Part[]): string {
  return parts.map(partText).join("");
}

function partText(part: Part): string {
  switch (part.kind) {
    case "text":
      // What a backslash quoted has lost it; what stands bare between quotes gets one.
      return part.quoted ? part.text : part.text.replace(/['"$]/g, "\\$&");
    case "quotes":
      return `"${partsText(part.parts)}"`;
    case "command":
      return "$(...)";
    case "arithmetic":
      return `$((${partsText(part.parts)}))`;
    case "parameter":
      return parameterText(part);
  }
}

function parameterText(part: ParameterPart): string {
  if (part.operator === "plain") return `\${${part.name}}`;
  if (part.operator === "length") return `\${#${part.name}}`;
  const operator = part.operator === "substring" ? ":" : `${part.colon ? ":" : ""}${part.operator}`;
  const second = part.second ? `${part.operator === "substring" ? ":" : "/"}${partsText(part.second)}` : "";
  return `\${${part.name}${operator}${partsText(part.word)}${second}}`;
}

function redirectText(redirect: Redirect): string {
  if (redirect.operator === "<<") return `${redirect.fd}<<...`;
  return `${redirect.fd}${redirect.operator}${wordText(redirect.target)}`;
}
