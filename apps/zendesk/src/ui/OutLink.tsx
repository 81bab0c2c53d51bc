/** A link out of the panel. The view model allows only http(s). */
export function OutLink({ url, newTab, children }: { url: string; newTab: string; children: string }) {
  return (
    <a href={url} target="_blank" rel="noopener noreferrer" title={children}>
      <bdi>{children}</bdi>
      <svg className="out" viewBox="0 0 12 12" role="img" aria-label={`(${newTab})`} focusable="false">
        <path d="M10.5 8.5V10a.5.5 0 0 1-.5.5H2a.5.5 0 0 1-.5-.5V2a.5.5 0 0 1 .5-.5h1.5M6.5 1.5h4v4M10 2L6 6" />
      </svg>
    </a>
  );
}
