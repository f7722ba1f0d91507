using System.Globalization;
using System.Numerics;
using System.Text;
using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja.Library;

/// <summary>Values as JSON, as Python's <c>json.dumps</c> writes it.</summary>
internal sealed class JsonText
{
    private readonly Budget _budget;
    private readonly Ordering _ordering;
    private readonly StringBuilder _text = new();
    private readonly bool _isAscii, _isSorted;
    private readonly string? _indent;
    private readonly string _betweenItems, _betweenKeyAndValue;

    private JsonText(Run run, Given given)
    {
        (_budget, _ordering) = (run.Budget, run.Ordering);
        (_isAscii, _isSorted) = (given.IsTrue(0), given.IsTrue(3));
        if (given[1] is { } indent and not None)
            _indent = Texts.TryPlain(indent) ?? Spaces(Numbers.Index(indent));
        (_betweenItems, _betweenKeyAndValue) = (_indent is null ? ", " : ",", ": ");
        if (given[2] is { } separators and not None)
            (_betweenItems, _betweenKeyAndValue) = Items.List(separators, run.Budget) is [var items, var keys]
                ? (Texts.Plain(items), Texts.Plain(keys))
                : throw new TemplateError("tojson needs two separators");
    }

    /// <summary>A value as JSON.</summary>
    /// <exception cref="TemplateError">JSON has no such values.</exception>
    public static string Of(Run run, object value, Given given)
    {
        var json = new JsonText(run, given);
        json.Append(value, 0);
        return run.Budget.Made(json._text.ToString());
    }

    private string Spaces(long count)
    {
        _budget.Text(count);
        return new string(' ', (int)Math.Max(0, count));
    }

    private void Append(object value, int depth)
    {
        _budget.Step();
        Budget.CheckStack();
        switch (value)
        {
            case string or Markup:
                AppendText(Texts.Plain(value));
                break;
            case ListValue list:
                AppendAll('[', list.Items, static (json, item, depth) => json.Append(item, depth), ']', depth);
                break;
            case TupleValue tuple:
                AppendAll('[', tuple.Items, static (json, item, depth) => json.Append(item, depth), ']', depth);
                break;
            case DictionaryValue dictionary:
                AppendAll('{', [.. Pairs(dictionary)], static (json, pair, depth) => json.AppendPair(pair, depth), '}', depth);
                break;
            default:
                _text.Append(Scalar(value) ?? throw new TemplateError($"Object of type {Kind.Of(value)} is not JSON serializable"));
                break;
        }
        _budget.CheckLength(_text.Length);
    }

    private IEnumerable<(object Key, object Value)> Pairs(DictionaryValue dictionary)
    {
        var pairs = dictionary.Keys.Zip(dictionary.Values);
        return _isSorted ? _ordering.Sorted(pairs, pair => pair.First) : pairs;
    }

    private static string? Scalar(object value) => value switch
    {
        None => "null",
        bool truth => truth ? "true" : "false",
        long or BigInteger => Printing.Text(value),
        double number => double.IsNaN(number) ? "NaN"
            : double.IsInfinity(number) ? number > 0 ? "Infinity" : "-Infinity" : Floats.Text(number),
        _ => null,
    };

    private void AppendAll<T>(char open, IReadOnlyList<T> items, Action<JsonText, T, int> append, char close, int depth)
    {
        _text.Append(open);
        for (var i = 0; i < items.Count; i++)
        {
            _text.Append(i > 0 ? _betweenItems : "");
            AppendLine(depth + 1);
            append(this, items[i], depth + 1);
        }
        if (items.Count > 0)
            AppendLine(depth);
        _text.Append(close);
    }

    private void AppendPair((object Key, object Value) pair, int depth)
    {
        AppendText(Texts.TryPlain(pair.Key) ?? Scalar(pair.Key)
            ?? throw new TemplateError($"keys must be str, int, float, bool or None, not {Kind.Of(pair.Key)}"));
        _text.Append(_betweenKeyAndValue);
        Append(pair.Value, depth);
    }

    private void AppendLine(int depth)
    {
        if (_indent is null)
            return;
        _budget.CheckLength(_text.Length + (long)_indent.Length * depth);
        _text.Append('\n');
        for (var i = 0; i < depth; i++)
            _text.Append(_indent);
    }

    private void AppendText(string text)
    {
        _text.Append('"');
        foreach (var unit in text)
            _ = unit switch
            {
                '"' => _text.Append("\\\""),
                '\\' => _text.Append("\\\\"),
                '\n' => _text.Append("\\n"),
                '\r' => _text.Append("\\r"),
                '\t' => _text.Append("\\t"),
                '\f' => _text.Append("\\f"),
                '\b' => _text.Append("\\b"),
                < ' ' => _text.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}"),
                > '~' when _isAscii => _text.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}"),
                _ => _text.Append(unit),
            };
        _text.Append('"');
    }
}
