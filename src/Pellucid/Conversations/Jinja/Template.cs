using Pellucid.Conversations.Jinja.Library;
using Pellucid.Conversations.Jinja.Syntax;
using Pellucid.Conversations.Jinja.Tree;
using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja;

/// <summary>
/// A template of Jinja as transformers sets it up: trim_blocks and lstrip_blocks are on, values cannot be changed, and
/// <c>break</c>, <c>continue</c> and <c>generation</c> are known.
/// </summary>
internal sealed class Template
{
    private readonly Body _body;
    private readonly IReadOnlyList<Block> _blocks;

    private Template(Body body, IReadOnlyList<Block> blocks) => (_body, _blocks) = (body, blocks);

    /// <summary>Reads a template.</summary>
    /// <exception cref="TemplateSyntaxError">It is none.</exception>
    public static Template Parse(string source)
    {
        var parser = new StatementParser(TemplateLexer.Read(source));
        return new Template(parser.ReadTemplate(), parser.Blocks);
    }

    /// <summary>Writes it.</summary>
    /// <param name="run">What it may take, and where it writes.</param>
    /// <param name="variables">Values by name; they come before functions of the same names.</param>
    /// <exception cref="TemplateError">It fails, or refuses.</exception>
    public void Render(Run run, IEnumerable<(string Name, object Value)> variables)
    {
        var given = Frame.New(run, Globals.NewFrame(run));
        foreach (var (name, value) in variables)
            given.Set(name, value);
        var root = Frame.New(run, given);
        foreach (var block in _blocks)
            run.Blocks[block.Name] = block.AsCallable(root);
        given.Set("self", new SelfReference());
        _body.Execute(root);
    }
}
