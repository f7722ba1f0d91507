using System.Text;
using System.Text.Json;
using Pellucid.Constraints.Grammars;
using Pellucid.Constraints.Schemas;
using Pellucid.Constraints.Terms;

namespace Pellucid.Constraints;

/// <summary>Puts a constraint together of texts, special tokens and values of JSON schemas.</summary>
internal sealed class ConstraintBuilder
{
    private readonly Grammar _grammar = new();
    private readonly JsonTerms _json;
    private readonly Formulas _formulas;
    private readonly ValueRules _rules;

    public ConstraintBuilder(JsonSchemaOptions options)
    {
        _json = new JsonTerms(_grammar.Terms, options);
        _formulas = new Formulas(_json);
        _rules = new ValueRules(_grammar, _json, _formulas);
    }

    /// <summary>These very bytes.</summary>
    public Symbol Literal(ReadOnlySpan<byte> text) => _grammar.Text(_grammar.Terms.Literal(text));

    /// <summary>Letters and digits, so many.</summary>
    public Symbol LettersAndDigits(int count) => _grammar.Text(_grammar.Terms.Repeat(
        new TextTerms(_grammar.Terms).Plain(new CodePoints(('0', '9'), ('A', 'Z'), ('a', 'z'))), count, count));

    /// <summary>Any text, without special tokens.</summary>
    public Symbol AnyText() => _grammar.Text(Any);

    /// <summary>Any text in which those words are not.</summary>
    public Symbol AnyTextWithout(string words) => _grammar.Text(_grammar.Terms.Both(Any,
        _grammar.Terms.Except(_grammar.Terms.Sequence(Any, _grammar.Terms.Literal(words), Any))));

    /// <summary>Up to two ends of lines.</summary>
    public Symbol LineEnds() => _grammar.Text(_grammar.Terms.Repeat(_grammar.Terms.Literal("\n"), 0, 2));

    private Term Any => _grammar.Terms.Repeat(
        new TextTerms(_grammar.Terms).Plain(new CodePoints((0, 0xD7FF), (0xE000, 0x10FFFF))), 0, -1);

    /// <summary>Values that are valid by all of some schemas.</summary>
    /// <exception cref="ConstraintException">A schema is damaged or not supported.</exception>
    public Symbol Json(params IEnumerable<JsonElement> schemas) =>
        _rules.Value([.. schemas.Select(schema => new SchemaReader(schema, _json, _formulas, _rules.Alternatives).Root())]);

    /// <summary>One of several sequences.</summary>
    public Symbol Either(params Symbol[][] alternatives) => _grammar.Rule("either", alternatives);

    /// <summary>A sequence any number of times.</summary>
    public Symbol AnyTimes(params Symbol[] part) => _grammar.Repeat(_grammar.Rule("part", part), 0, -1);

    /// <summary>The constraint.</summary>
    /// <exception cref="ConstraintException">A schema is not supported, or no text meets it.</exception>
    public OutputConstraint Build(params Symbol[] whole) => OutputConstraint.Of(_rules.Close(_grammar.Rule("root", whole)));
}
