using System.Text;
using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja.Library;

/// <summary>What <c>'%s is %05.2f' % (…)</c> gives.</summary>
internal sealed class PercentFormat(object template, object values, Budget budget)
{
    private readonly string _template = Texts.Plain(template);
    private int _at, _next;

    /// <summary>A text with values put in; if it is escaped, they are escaped, too.</summary>
    public static object Of(object template, object values, Budget budget) =>
        Texts.Like(template, new PercentFormat(template, values, budget).Fill());

    private string Fill()
    {
        var text = new StringBuilder();
        for (; _at < _template.Length; _at++)
        {
            if (_template[_at] != '%')
                text.Append(_template[_at]);
            else
            {
                _at++;
                text.Append(Field());
            }
            budget.CheckLength(text.Length);
        }
        // Python takes whatever has parts for a mapping, whose values need not all be used.
        if (values is TupleValue tuple ? _next < tuple.Count
            : _next == 0 && values is not (DictionaryValue or ListValue or RangeValue or BytesValue or Undefined))
            throw new TemplateError("not all arguments converted during string formatting");
        return budget.Made(text.ToString());
    }

    private char Here => _at < _template.Length ? _template[_at] : throw new TemplateError("incomplete format");

    private string Field()
    {
        budget.Step();
        object? value = null;
        if (Here == '(')
        {
            var end = _template.IndexOf(')', _at);
            if (end < 0)
                throw new TemplateError("incomplete format key");
            var key = _template[(_at + 1)..end];
            value = (values as DictionaryValue ?? throw new TemplateError("format requires a mapping")).Find(key)
                ?? throw new TemplateError($"no value for '{key}'");
            _at = end + 1;
        }
        var flags = "";
        for (; Here is '-' or '+' or ' ' or '#' or '0'; _at++)
            flags += Here;
        var width = Number() ?? 0;
        long? precision = null;
        if (Here == '.')
        {
            _at++;
            precision = Number() ?? 0;
        }
        if (Here == '%')
            return "%";
        return Laid(value ?? Next(), Here, flags, width, precision);
    }

    private long? Number()
    {
        if (Here == '*')
        {
            _at++;
            return Numbers.Index(Next());
        }
        long? number = null;
        for (; char.IsAsciiDigit(Here); _at++)
            number = Math.Min((number ?? 0) * 10 + Here - '0', int.MaxValue);
        return number;
    }

    private object Next()
    {
        var place = _next++;
        return values is TupleValue tuple ? place < tuple.Count ? tuple.Items[place] : throw TooFew()
            : place == 0 ? values : throw TooFew();
    }

    private static TemplateError TooFew() => new("not enough arguments for format string");

    private string Laid(object value, char type, string flags, long width, long? precision)
    {
        var (isLeft, sign) = (flags.Contains('-') || width < 0, flags.Contains('+') ? "+" : flags.Contains(' ') ? " " : "");
        width = Math.Abs(width);
        if (type is 's' or 'r' or 'a')
        {
            var text = type == 's' ? Printing.Text(value, budget) : Printing.Represent(value, budget);
            text = template is Markup && value is not Markup ? Markup.Escape(text) : text;
            text = precision < Texts.Length(text) ? Texts.Part(text, 0, precision.Value) : text;
            return isLeft ? Padding.Left(text, width, " ", budget) : Padding.Right(text, width, " ", budget);
        }
        if (type == 'c')
            return Padding.Right(
                Texts.TryPlain(value) ?? char.ConvertFromUtf32((int)Math.Clamp(Numbers.Index(value), 0, 0xd7ff)), width, " ", budget);
        if (value is Undefined undefined)
            throw undefined.Error();
        if (type is not ('d' or 'i' or 'u' or 'x' or 'X' or 'o' or 'e' or 'E' or 'f' or 'F' or 'g' or 'G'))
            throw new TemplateError($"unsupported format character '{type}'");
        if (!Numbers.Is(value))
            throw new TemplateError($"%{type} format: a real number is required, not {Kind.Of(value)}");
        var isWhole = type is 'd' or 'i' or 'u' or 'x' or 'X' or 'o';
        var zeros = !isLeft && flags.Contains('0');
        var format = new NumberFormat(zeros ? "0" : " ", isLeft ? '<' : zeros ? '=' : '>', sign.Length > 0 ? sign[0] : '\0',
            flags.Contains('#'), width, '\0',
            isWhole ? null : (int)Math.Min(precision ?? 6, 1000), type is 'i' or 'u' ? 'd' : type);
        return format.Of(isWhole && value is double number ? Numbers.Normal(new System.Numerics.BigInteger(number)) : value, budget);
    }
}
