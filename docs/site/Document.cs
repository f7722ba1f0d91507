using System.Text;
using Markdig;
using Markdig.Extensions.AutoIdentifiers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Pellucid.Site;

/// <summary>A part of a page that a search can find: what stands below a heading.</summary>
internal sealed record Section(string Heading, string Anchor, string Text);

/// <summary>A Markdown file, read.</summary>
internal sealed class Document
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder()
        .UsePipeTables().UseAutoIdentifiers(AutoIdentifierOptions.GitHub).UseTaskLists().UseAutoLinks().Build();

    private readonly MarkdownDocument _tree;

    public Document(string path, string text)
    {
        (Path, _tree) = (path, Markdown.Parse(text, Pipeline));
        Sections = Divide();
        Title = Sections.Select(section => section.Heading).FirstOrDefault(heading => heading.Length > 0)
            ?? System.IO.Path.GetFileName(path);
    }

    /// <summary>From the root of the repository, with slashes.</summary>
    public string Path { get; }

    public string Title { get; }

    public IReadOnlyList<Section> Sections { get; }

    public bool IsChinese => Path.EndsWith(".zh-CN.md", StringComparison.Ordinal);

    /// <summary>The file's name without what tells its language.</summary>
    public string Original => IsChinese ? Path[..^".zh-CN.md".Length] + ".md" : Path;

    /// <summary>Where it stands in the site.</summary>
    public string Address
    {
        get
        {
            var name = Original.StartsWith("docs/", StringComparison.Ordinal) ? Original["docs/".Length..] : Original;
            name = name == "README.md" ? "index" : name[..^".md".Length].ToLowerInvariant();
            return $"{(IsChinese ? "zh/" : "")}{name}.html";
        }
    }

    public IEnumerable<LinkInline> Links => _tree.Descendants<LinkInline>();

    public string Html() => _tree.ToHtml(Pipeline);

    private List<Section> Divide()
    {
        var (sections, heading, anchor, text) = (new List<Section>(), "", "", new StringBuilder());
        foreach (var block in _tree)
        {
            if (block is HeadingBlock head)
            {
                sections.Add(new Section(heading, anchor, text.ToString()));
                (heading, anchor) = (Plain(head), head.GetAttributes().Id ?? "");
                text.Clear();
            }
            else
                text.Append(Plain(block)).Append(' ');
        }
        sections.Add(new Section(heading, anchor, text.ToString()));
        return [.. sections.Where(section => section.Heading.Length > 0 || section.Text.Trim().Length > 0)];
    }

    private static string Plain(Block block)
    {
        var text = new StringBuilder();
        Collect(block, text);
        return text.ToString().Trim();
    }

    private static void Collect(MarkdownObject part, StringBuilder text)
    {
        switch (part)
        {
            case ContainerBlock blocks:
                foreach (var block in blocks)
                    Collect(block, text);
                break;
            case CodeBlock code:
                text.Append(code.Lines.ToString()).Append(' ');
                break;
            case LeafBlock { Inline: { } line }:
                Collect(line, text);
                text.Append(' ');
                break;
            case ContainerInline inlines:
                foreach (var inline in inlines)
                    Collect(inline, text);
                break;
            case LiteralInline literal:
                text.Append(literal.Content.ToString());
                break;
            case CodeInline code:
                text.Append(code.Content);
                break;
            case LineBreakInline:
                text.Append(' ');
                break;
        }
    }
}
