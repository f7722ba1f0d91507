using System.Runtime.CompilerServices;
using System.Text;
using Pellucid.Constraints.Expressions;
using Pellucid.Constraints.Grammars;
using Pellucid.Constraints.Masks;
using Pellucid.Constraints.Schemas;
using Pellucid.Constraints.Terms;

namespace Pellucid.Constraints;

/// <summary>
/// What a text that is written shall look like: JSON by a schema, a regular expression, one of several choices, or a grammar. It is
/// compiled once; which tokens may follow is worked out as texts need it, exactly, byte by byte, and kept. One constraint may serve any
/// number of texts at the same time.
/// </summary>
public sealed class OutputConstraint
{
    private readonly Automaton _automaton;
    private readonly ConditionalWeakTable<TokenVocabulary, TokenMasks> _masks = [];
    private readonly object _lock = new();

    private OutputConstraint(Grammar grammar) => _automaton = new Automaton(grammar);

    /// <summary>Texts that are JSON and valid by a schema (2020-12, or the drafts before it).
    /// Properties come in the schema's order.</summary>
    /// <param name="schema">The schema, as JSON.</param>
    /// <param name="options">How values are written.</param>
    /// <exception cref="ConstraintException">A keyword is not supported, or nothing is valid: the message says where.</exception>
    public static OutputConstraint JsonSchema(string schema, JsonSchemaOptions? options = null) =>
        new(SchemaCompiler.Compile(schema, options ?? new JsonSchemaOptions())) { Schema = schema };

    /// <summary>The schema that it is of; null for others.</summary>
    internal string? Schema { get; private init; }

    internal static OutputConstraint Of(Grammar grammar) => new(grammar);

    /// <summary>Texts that are any object of JSON.</summary>
    public static OutputConstraint JsonObject() => JsonSchema("""{"type":"object"}""");

    /// <summary>Texts that a regular expression matches from their start to their end, in the dialect of ECMA-262.</summary>
    /// <exception cref="ConstraintException">The expression is damaged, or more than regular.</exception>
    public static OutputConstraint Regex(string expression)
    {
        var grammar = new Grammar();
        var text = new TextTerms(grammar.Terms);
        return new OutputConstraint(grammar.Close(grammar.Text(new ExpressionTerms(grammar.Terms, text.Plain).Whole(expression))));
    }

    /// <summary>Texts that are one of several.</summary>
    /// <exception cref="ConstraintException">There is none to choose from.</exception>
    public static OutputConstraint Choice(IEnumerable<string> choices)
    {
        ArgumentNullException.ThrowIfNull(choices);
        var grammar = new Grammar();
        var all = choices.Select(choice => grammar.Terms.Literal(choice
            ?? throw new ConstraintException("a choice must be a text"))).ToArray();
        return all.Length == 0 ? throw new ConstraintException("there must be something to choose from")
            : new OutputConstraint(grammar.Close(grammar.Text(grammar.Terms.Either(all))));
    }

    /// <summary>Texts of a grammar in the notation of GBNF, whose first rule is called <c>root</c>, or of Lark, where it is called
    /// <c>start</c>.</summary>
    /// <exception cref="ConstraintException">The grammar is damaged, or a rule begins with itself.</exception>
    public static OutputConstraint Grammar(string grammar)
    {
        ArgumentNullException.ThrowIfNull(grammar);
        return new(LarkReader.Understands(grammar) ? LarkReader.Read(grammar) : GbnfReader.Read(grammar));
    }

    /// <summary>A text of a vocabulary's tokens that is to be written within the constraint.</summary>
    public ConstrainedText Begin(TokenVocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        lock (_lock)
            return new ConstrainedText(_automaton, _masks.GetValue(vocabulary, one => new TokenMasks(_automaton, one)), vocabulary, _lock);
    }

    /// <summary>Whether a whole text keeps to the constraint.</summary>
    public bool Admits(string text)
    {
        lock (_lock)
        {
            var state = _automaton.Start();
            foreach (var value in Encoding.UTF8.GetBytes(text))
                state = _automaton.Step(state, value);
            return state.MayEnd;
        }
    }
}
