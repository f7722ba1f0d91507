namespace Pellucid.Conversations.Calls;

// Calls whose arguments have marks of their own.
internal sealed partial class MarkedReader
{
    private bool ReadMarked(int start, ParameterShape marks)
    {
        var at = NameEnd(start);
        if (at == _held.Length)
            return false;
        if (at == start)
            return NoCall();
        var (name, written) = (_held[start..at], new List<(string Key, string Value)>());
        while (true)
        {
            var next = Match(_held[at..], written.Count == 0 ? marks.Bare.First : marks.Bare.Next);
            if (next < 0)
                return false;
            if (next == 0)
                break;
            at += next;
            if (ReadArgument(ref at, marks) is not { } argument)
                return false;
            if (argument.Key.Length == 0)
                return NoCall();
            written.Add(argument);
        }
        if (written.Count == 0)
            at += Math.Max(0, Match(_held[at..], marks.Bare.None));
        var rest = CallShape.BareStart(_held[at..]);
        var (end, another) = (Match(rest, _shape!.End), Match(rest, _shape.Next ?? ""));
        if (end <= 0 && another <= 0)
            return end == 0 && another == 0 && NoCall();
        Call(name, ParameterShape.Arguments(_tools.FirstOrDefault(tool => tool.Name == name), written));
        (_held, _isBehindCall) = (_held[at..], true);
        return true;
    }

    // Null while there is not all of it; without a key where it is none.
    private (string Key, string Value)? ReadArgument(ref int at, ParameterShape marks)
    {
        var key = _held.IndexOf(marks.Bare.Middle[0], at);
        if (key < 0)
            return null;
        var middle = Match(_held[key..], marks.Bare.Middle);
        if (middle == 0)
            return ("", "");
        var end = middle < 0 ? -1 : _held.IndexOf(marks.Mark, key + middle, StringComparison.Ordinal);
        if (end < 0)
            return null;
        var argument = (_held[at..key].Trim(), marks.Unwrapped(_held[(key + middle)..end]));
        at = end + marks.Mark.Length;
        return argument;
    }
}
