using System.Text;
using Pellucid.Constraints.Expressions;
using Pellucid.Constraints.Terms;

namespace Pellucid.Constraints.Schemas;

/// <summary>How JSON is written, as terms.</summary>
internal sealed class JsonTerms
{
    private const int LongestIndent = 40;

    private readonly TermTable _terms;
    private readonly TextTerms _text;
    private readonly ExpressionTerms _expressions;
    private readonly Dictionary<string, Term> _others = [];
    private readonly Term _digits, _unsigned;

    public JsonTerms(TermTable terms, JsonSchemaOptions options)
    {
        _terms = terms;
        _text = new TextTerms(terms);
        _expressions = new ExpressionTerms(terms, _text.InJson);
        terms.Character = Character = _text.InJson(CodePoints.All);
        AnyText = terms.Repeat(Character, 0, -1);
        var (digit, minus) = (terms.Bytes(ByteSet.Range('0', '9')), terms.Optional(terms.Literal("-")));
        _digits = terms.Repeat(digit, 1, -1);
        _unsigned = terms.Either(terms.Literal("0"), terms.Sequence(terms.Bytes(ByteSet.Range('1', '9')), terms.Repeat(digit, 0, -1)));
        var zeros = terms.Repeat(terms.Literal("0"), 1, -1);
        Plain = terms.Sequence(minus, _unsigned, terms.Optional(terms.Sequence(terms.Literal("."), _digits)));
        AnyNumber = terms.Sequence(Plain, terms.Optional(terms.Sequence(terms.Either(terms.Literal("e"), terms.Literal("E")),
            terms.Optional(terms.Either(terms.Literal("+"), terms.Literal("-"))), _digits)));
        Whole = terms.Sequence(minus, _unsigned,
            options.ZeroFractions ? terms.Optional(terms.Sequence(terms.Literal("."), zeros)) : terms.Empty);
        Fractional = terms.Sequence(minus, _unsigned, terms.Literal("."), terms.Repeat(digit, 0, -1),
            terms.Bytes(ByteSet.Range('1', '9')), terms.Repeat(digit, 0, -1));
        Space = !options.WhiteSpace ? terms.Empty : terms.Optional(terms.Either(terms.Literal(" "),
            terms.Sequence(terms.Literal("\n"),
                terms.Repeat(terms.Bytes(ByteSet.Of((byte)' ') | ByteSet.Of((byte)'\t')), 0, LongestIndent))));
    }

    public TermTable Terms => _terms;

    /// <summary>One character within a string.</summary>
    public Term Character { get; }

    /// <summary>All characters between a string's quotes.</summary>
    public Term AnyText { get; }

    /// <summary>Numbers, with and without exponent.</summary>
    public Term AnyNumber { get; }

    /// <summary>Numbers without exponent: all about which facts are told are written so.</summary>
    public Term Plain { get; }

    /// <summary>Integers.</summary>
    public Term Whole { get; }

    /// <summary>Numbers that are not whole, without exponent.</summary>
    public Term Fractional { get; }

    /// <summary>White space between parts, or none.</summary>
    public Term Space { get; }

    public Term OtherText(Term text) => _terms.Both(AnyText, _terms.Except(text));

    /// <summary>Strings that are none of some.</summary>
    public Term OtherNames(IReadOnlyCollection<string> names)
    {
        if (names.Count == 0)
            return AnyText;
        var key = string.Join('\0', names.Order(StringComparer.Ordinal));
        if (!_others.TryGetValue(key, out var others))
            _others[key] = others = _terms.Names(AnyText, new NamePlace(new NameTrie(names)));
        return others;
    }

    public Term OtherNumber(Term number) => _terms.Both(Plain, _terms.Except(number));

    public Term Quoted(Term text) => _terms.Sequence(_terms.Literal("\""), text, _terms.Literal("\""));

    /// <summary>Characters as they are written at their shortest.</summary>
    public Term Spelling(string text) => _terms.Literal(Spelled(text));

    /// <summary>Whether a string is in a set of characters between quotes.</summary>
    public bool Contains(Term set, string text)
    {
        foreach (var value in Encoding.UTF8.GetBytes(Spelled(text)))
            set = _terms.Derivative(set, value);
        return set.IsNullable;
    }

    /// <summary>Strings in which a match of an expression stands.</summary>
    public Term Pattern(string expression) => _expressions.Search(expression);

    /// <summary>Strings that an expression matches from start to end.</summary>
    public Term Format(string expression) => _expressions.Whole(expression);

    /// <summary>Strings of so many characters; −1 is no bound.</summary>
    public Term Length(int min, int max) => _terms.Repeat(Character, min, max);

    /// <summary>Numbers that equal one.</summary>
    public Term Equal(DecimalNumber value)
    {
        var zeros = _terms.Repeat(_terms.Literal("0"), 0, -1);
        var fraction = value.Fraction.Length > 0 ? _terms.Sequence(_terms.Literal("." + value.Fraction), zeros)
            : _terms.Optional(_terms.Sequence(_terms.Literal(".0"), zeros));
        var sign = value.IsZero ? _terms.Optional(_terms.Literal("-")) : _terms.Literal(value.IsNegative ? "-" : "");
        return _terms.Sequence(sign, _terms.Literal(value.Whole), fraction);
    }

    /// <summary>Numbers that are at least a bound (or more, where it is open).</summary>
    public Term AtLeast(DecimalNumber bound, bool isOpen) => Bounded(bound, isOpen, isUpper: false);

    /// <summary>Numbers that are at most a bound (or less, where it is open).</summary>
    public Term AtMost(DecimalNumber bound, bool isOpen) => Bounded(bound, isOpen, isUpper: true);

    /// <summary>Multiples of a number.</summary>
    public Term MultipleOf(long divisor, int places) =>
        _terms.Sequence(_terms.Optional(_terms.Literal("-")), _terms.Number(new MultipleTest(divisor, places)));

    // On the bound's side of 0 digits decide; on the other side all numbers are right, or none.
    private Term Bounded(DecimalNumber bound, bool isOpen, bool isUpper)
    {
        Term Digits(bool upper) => _terms.Number(new BoundTest(bound.Whole, bound.Fraction, upper, isOpen));

        var (minus, any) = (_terms.Literal("-"), _terms.Repeat(_terms.Bytes(ByteSet.Range('0', '9') | ByteSet.Of((byte)'.')), 1, -1));
        if (bound.IsZero && !isOpen)
            return _terms.Either(isUpper ? _terms.Sequence(minus, any) : any,
                _terms.Sequence(_terms.Optional(minus), Digits(upper: true)));
        var ofItsSign = bound.IsNegative ? _terms.Sequence(minus, Digits(!isUpper)) : Digits(isUpper);
        if (bound.IsZero)
            return isUpper ? _terms.Sequence(minus, Digits(upper: false)) : ofItsSign;
        return bound.IsNegative == isUpper ? ofItsSign : _terms.Either(ofItsSign, bound.IsNegative ? any : _terms.Sequence(minus, any));
    }

    // Escaped is what JSON must have escaped, and nothing more.
    internal static string Spelled(string text)
    {
        var spelled = new StringBuilder();
        foreach (var letter in text)
            spelled.Append(letter switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\b' => "\\b",
                '\f' => "\\f",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                < ' ' => $"\\u{(int)letter:x4}",
                _ => letter.ToString(),
            });
        return spelled.ToString();
    }
}
