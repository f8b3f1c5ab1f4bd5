/** The part of pdfmake 0.3 that the report uses; the package brings no types. */
declare module "pdfmake" {
  namespace pdfMake {
    type PdfNode = string | { readonly [property: string]: unknown } | readonly PdfNode[];
    interface PdfDefinition {
      readonly content: readonly PdfNode[];
      readonly footer?: (page: number, pages: number) => PdfNode;
      readonly [property: string]: unknown;
    }
    function setFonts(fonts: Readonly<Record<string, Readonly<Record<string, string>>>>): void;
    function setUrlAccessPolicy(isAllowed: (url: string) => boolean): void;
    function setLocalAccessPolicy(isAllowed: (path: string) => boolean): void;
    function createPdf(definition: PdfDefinition): { getBuffer(): Promise<Buffer> };
  }
  export = pdfMake;
}
