using Markdig.Syntax.Inlines;

namespace Pellucid.Site;

/// <summary>
/// The documents that readers reach from the README, in its order, and the files they show. Every link between them is
/// followed: one that leads nowhere is told, with the page it stands on.
/// </summary>
internal sealed class Library(string root, string? repository)
{
    private static readonly string[] Beginnings = ["README.md", "README.zh-CN.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"];
    private static readonly string[] Pictures = [".png", ".svg", ".jpg"];

    private readonly Dictionary<string, Document> _documents = [];
    private readonly Queue<string> _waiting = new();
    private readonly List<string> _wrong = [];
    private readonly List<(Document From, string Path, string Anchor)> _anchors = [];

    public string Root => root;

    public List<Document> Pages { get; } = [];

    /// <summary>Files that are shown as they are, from the root, and where they stand in the site.</summary>
    public Dictionary<string, string> Files { get; } = [];

    /// <summary>The folder of the solution, above here.</summary>
    public static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Pellucid.slnx")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("the documents are not above this program");
        return folder.FullName;
    }

    /// <summary>Reads all there is; returns what is wrong.</summary>
    public IReadOnlyList<string> Collect()
    {
        var begin = Beginnings.Where(name => File.Exists(Path.Combine(root, name)));
        foreach (var path in begin.Concat(
            Directory.GetFiles(Path.Combine(root, "docs"), "*.md").Order(StringComparer.Ordinal).Select(Relative)))
            Ask(path);
        while (_waiting.TryDequeue(out var path))
        {
            var document = _documents[path] = new Document(path, File.ReadAllText(Path.Combine(root, path)));
            Pages.Add(document);
            foreach (var link in document.Links)
                Resolve(document, link);
        }
        foreach (var (from, path, anchor) in _anchors)
            if (!_documents[path].Sections.Any(section => section.Anchor == anchor))
                _wrong.Add($"{from.Path}: there is no part #{anchor} in {path}");
        return _wrong;
    }

    /// <summary>The page in the other language, where there is one.</summary>
    public Document? Other(Document document) =>
        Pages.FirstOrDefault(page => page.Original == document.Original && page.IsChinese != document.IsChinese);

    /// <summary>From one address of the site to another.</summary>
    public static string Way(string from, string to) => string.Concat(Enumerable.Repeat("../", from.Count(c => c == '/'))) + to;

    private void Ask(string path)
    {
        if (!_documents.ContainsKey(path) && !_waiting.Contains(path))
            _waiting.Enqueue(path);
    }

    private void Resolve(Document document, LinkInline link)
    {
        var url = link.Url ?? "";
        if (url.Contains("://", StringComparison.Ordinal) || url.StartsWith("mailto:", StringComparison.Ordinal))
            return;
        var (target, anchor) = url.Split('#') is [var before, var after] ? (before, after) : (url, "");
        var folder = Path.GetDirectoryName(Path.Combine(root, document.Path))!;
        var path = target.Length == 0 ? document.Path : Relative(Path.GetFullPath(Path.Combine(folder, Uri.UnescapeDataString(target))));
        var whole = Path.Combine(root, path);
        if (path.StartsWith("..", StringComparison.Ordinal) || !Path.Exists(whole))
            _wrong.Add($"{document.Path}: there is no {url}");
        else if (path.EndsWith(".md", StringComparison.Ordinal))
        {
            Ask(path);
            if (anchor.Length > 0)
                _anchors.Add((document, path, anchor));
            link.Url = Way(document.Address, new Document(path, "").Address) + (anchor.Length > 0 ? "#" + anchor : "");
        }
        else if (Pictures.Contains(Path.GetExtension(path)))
            link.Url = Way(document.Address, Files[path] = "files/" + path);
        else if (repository is not null)
            link.Url = $"{repository.TrimEnd('/')}/{(Directory.Exists(whole) ? "tree" : "blob")}/main/{path}";
        else
            Unlink(link);
    }

    // What it says stays.
    private static void Unlink(LinkInline link)
    {
        while (link.FirstChild is { } child)
        {
            child.Remove();
            link.InsertBefore(child);
        }
        link.Remove();
    }

    private string Relative(string path) => Path.GetRelativePath(root, path).Replace('\\', '/');
}
