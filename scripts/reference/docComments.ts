import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** The content of the doc comment of a property. */
export interface DocComment {
  readonly description: string;
  /** The text of `@defaultValue`. */
  readonly defaultValue: string;
}

/** The doc comments of all properties of objects in a file, by the name of the property. */
export function docComments(file: URL): Map<string, DocComment> {
  const comments = new Map<string, DocComment>();
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node)) {
      const [doc] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
      if (doc !== undefined) comments.set(node.name.getText(), read(doc));
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file.pathname, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true));
  return comments;
}

function read({ comment, tags }: ts.JSDoc): DocComment {
  const tag = tags?.find(({ tagName }) => tagName.text === 'defaultValue');
  return { description: inOneLine(comment), defaultValue: inOneLine(tag?.comment) };
}

function inOneLine(comment: ts.JSDoc['comment']): string {
  return (ts.getTextOfJSDocComment(comment) ?? '').replaceAll(/\s+/g, ' ').trim();
}
