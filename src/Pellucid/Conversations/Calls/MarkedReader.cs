namespace Pellucid.Conversations.Calls;

/// <summary>Reads answers in which marks stand around what is thought and called.</summary>
internal sealed partial class MarkedReader : AnswerReader
{
    /// <summary>Before a call, in some answers of Llama 3.</summary>
    public const string PythonTag = "<|python_tag|>";

    private const int LongestMiddle = 200;

    private readonly AnswerFormat _format;
    private readonly CallShape? _shape;
    private readonly IReadOnlyList<Tool> _tools;
    private Place _place;
    private bool _mayThink = true, _hasThought, _isBehindCall;
    private string _held = "";

    private enum Place { Start, Thought, Text, Calls }

    public MarkedReader(AnswerFormat format, IReadOnlyList<Tool> tools, bool beginsInThought)
    {
        (_format, _tools, _shape) = (format, tools, tools.Count > 0 ? format.Calls : null);
        _place = beginsInThought ? Place.Thought : Place.Start;
    }

    public override void Read(string text)
    {
        _held += text;
        while (_held.Length > 0 && _place switch
        {
            Place.Start => ReadStart(),
            Place.Thought => ReadThought(),
            Place.Text => ReadText(),
            _ => ReadCalls(),
        })
        {
        }
    }

    public override void End()
    {
        if (_place == Place.Thought)
            Think(_held.TrimEnd());
        else if (_place != Place.Calls)
            Say(Count > 0 || !_mayThink && _place == Place.Start ? _held.TrimEnd() : _held);
        else if (!IsEndOfCalls(_held))
        {
            // an object that is the whole answer may be an answer
            IsBroken = _shape!.Marker.Length > 0 || Count > 0
                || _tools.Any(tool => _held.Contains($"\"{tool.Name}\"", StringComparison.Ordinal));
            if (!IsBroken)
                Say(_held);
        }
        _held = "";
    }

    // Nothing but white space was written so far.
    private bool ReadStart()
    {
        var text = _held.TrimStart();
        if (text.Length == 0)
            return false;
        if (_mayThink && _format.ThoughtBegin.Length > 0)
        {
            if (text.StartsWith(_format.ThoughtBegin, StringComparison.Ordinal))
                return To(Place.Thought, text[_format.ThoughtBegin.Length..]);
            if (_format.ThoughtBegin.StartsWith(text, StringComparison.Ordinal))
                return false;
        }
        if (_shape is { Marker: "" })
        {
            if (text.StartsWith(PythonTag, StringComparison.Ordinal))
                return To(Place.Calls, text[PythonTag.Length..]);
            if (PythonTag.StartsWith(text, StringComparison.Ordinal))
                return false;
            if (text[0] is '{' or '[')
                return To(Place.Calls, _held);
        }
        return To(Place.Text, _mayThink ? _held : text); // nothing stands between a thought or calls and what is said
    }

    private bool ReadThought()
    {
        var text = _hasThought ? _held : _held.TrimStart();
        if (text.IndexOf(_format.ThoughtEnd, StringComparison.Ordinal) is >= 0 and var end)
        {
            Think(text[..end].TrimEnd());
            _mayThink = false;
            return To(Place.Start, text[(end + _format.ThoughtEnd.Length)..].TrimStart());
        }
        Pass(text, _format.ThoughtEnd, Think);
        return false;
    }

    private bool ReadText()
    {
        if (_shape is null or { Marker: "" })
        {
            Say(_held);
            _held = "";
            return false;
        }
        if (_held.IndexOf(_shape.Marker, StringComparison.Ordinal) is >= 0 and var start)
        {
            Say(_held[..start].TrimEnd());
            return To(Place.Calls, _held[(start + _shape.Marker.Length)..]);
        }
        Pass(_held, _shape.Marker, Say);
        return false;
    }

    // All but what a mark may begin with, and the white space before it.
    private void Pass(string text, string mark, Action<string> to)
    {
        var length = text.AsSpan(0, text.Length - Beginning(text, mark)).TrimEnd().Length;
        _hasThought |= length > 0;
        to(text[..length]);
        _held = text[length..];
    }

    private bool ReadCalls()
    {
        var start = 0;
        while (start < _held.Length && (char.IsWhiteSpace(_held[start]) || _shape!.IsObject && _held[start] is '[' or ',' or ';'))
            start++;
        if (start == _held.Length)
            return false;
        if (_isBehindCall && Follows(_held[start..]) is { } follows)
            return follows;
        return _shape!.IsObject ? ReadObject(start) : _shape.Parameters is { } marks ? ReadMarked(start, marks) : ReadNamed(start);
    }

    // What comes behind a call: marks of the next one or of the end; null where it is a call itself.
    private bool? Follows(string text)
    {
        if ((text = CallShape.BareStart(text)).Length == 0)
            return false;
        var (next, end) = (Match(text, _shape!.Next ?? ""), Match(text, _shape.End));
        if (next > 0)
        {
            (_held, _isBehindCall) = (text[next..], false);
            return true;
        }
        if (next < 0 || end < 0) // not enough of it is there
            return false;
        if (end > 0)
            return Behind(text[end..]);
        return (_shape.IsObject ? text[0] == '{' : _shape.Next is "") ? null : Behind(text);
    }

    private bool ReadObject(int start)
    {
        if (_held[start] != '{')
            return NoCall();
        var end = CallJson.End(_held, start);
        if (end < 0)
            return false;
        if (CallJson.Read(_held[start..end]) is not { } call || _shape!.Marker.Length == 0 && _tools.All(tool => tool.Name != call.Name))
            return NoCall();
        Call(call.Name, call.Arguments);
        (_held, _isBehindCall) = (_held[end..], true);
        return true;
    }

    private bool ReadNamed(int start)
    {
        var end = NameEnd(start);
        if (end == _held.Length)
            return false;
        var brace = _held.IndexOf('{', end);
        if (end == start || (brace < 0 ? _held.Length : brace) - end > LongestMiddle)
            return NoCall();
        if (brace < 0 || CallJson.End(_held, brace) is not (>= 0 and var close))
            return false;
        if (CallJson.Arguments(_held[brace..close]) is not { } arguments)
            return NoCall();
        Call(_held[start..end], arguments);
        (_held, _isBehindCall) = (_held[close..], true);
        return true;
    }

    private int NameEnd(int at)
    {
        while (at < _held.Length && (char.IsAsciiLetterOrDigit(_held[at]) || _held[at] is '_' or '-' or '.'))
            at++;
        return at;
    }

    // Behind a mark it is broken; without one it is what the model says.
    private bool NoCall()
    {
        if (_shape!.Marker.Length == 0 && Count == 0)
            return To(Place.Text, _held);
        IsBroken = true;
        _held = "";
        return false;
    }

    private bool IsEndOfCalls(string text)
    {
        var bare = string.Concat(text.Where(one => !char.IsWhiteSpace(one))).TrimStart(']', '}', ',', ';');
        return Count > 0 && (_shape!.End.StartsWith(bare, StringComparison.Ordinal)
            || _shape.Next?.StartsWith(bare, StringComparison.Ordinal) == true);
    }

    private bool Behind(string text)
    {
        _mayThink = false;
        return To(Place.Start, text.TrimStart());
    }

    private bool To(Place place, string rest)
    {
        (_place, _held, _isBehindCall) = (place, rest, false);
        return true;
    }

    // How many characters of a text are a mark, white space in either apart; −1 where the text ends within it, 0 where it is none.
    private static int Match(string text, string mark)
    {
        var (at, matched) = (0, 0);
        for (; matched < mark.Length; at++)
            if (at == text.Length)
                return -1;
            else if (!char.IsWhiteSpace(text[at]) && text[at] != mark[matched++])
                return 0;
        return at;
    }
}
