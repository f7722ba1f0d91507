namespace Pellucid.Drawings;

/// <summary>Reads a file from its first command to its last: pictures, scopes, definitions, paths.</summary>
internal sealed class TikzReader
{
    private const int MostProblems = 100;

    private readonly TikzScanner _scanner;
    private readonly TikzInput _input;
    private readonly TikzContext _context;
    private readonly TikzCoordinates _coordinates;
    private readonly TikzNodes _nodes;
    private readonly TikzDefinitions _definitions;
    private readonly Stack<Opened> _open = new();
    private readonly HashSet<int> _statements = [], _failed = [];
    private readonly List<(int At, string Message)> _problems = [];
    private readonly List<DrawnShape> _shapes = [];
    private IReadOnlyList<(Outline Outline, bool EvenOdd)> _clips = [];
    private TikzState _state = new();
    private bool _isDrawing;
    private int _pictures;

    public TikzReader(string text)
    {
        _isDrawing = !text.Contains(@"\begin{tikzpicture}", StringComparison.Ordinal);
        _scanner = new TikzScanner(text);
        _input = new TikzInput(_scanner);
        _context = new TikzContext(_input);
        _coordinates = new TikzCoordinates(_context);
        _nodes = new TikzNodes(_context, _coordinates);
        _definitions = new TikzDefinitions(_context, _coordinates.Options, _statements);
    }

    /// <summary>Everything in it.</summary>
    /// <exception cref="InvalidDataException">It asks for more than is given to a file.</exception>
    public TikzDrawing Read()
    {
        try
        {
            while (Try(out var token))
                Statement(token);
        }
        catch (TikzLimitException limit)
        {
            var (line, column) = _scanner.Place(limit.At);
            throw new InvalidDataException($"line {line}, column {column}: {limit.Message}", limit);
        }
        if (_open.Count > 0 && _problems.Count < MostProblems)
            _problems.Add((_open.Peek().At, "a group or an environment is not closed"));
        return new TikzDrawing(_shapes, [.. _problems.Select(problem => Problem(problem.At, problem.Message))], _statements.Count,
            _statements.Count - _failed.Count);
    }

    private TikzProblem Problem(int at, string message)
    {
        var (line, column) = _scanner.Place(at);
        return new TikzProblem(line, column, message);
    }

    // What goes wrong between statements is told too.
    private bool Try(out TikzToken token)
    {
        while (true)
            try
            {
                return _input.TryNext(out token);
            }
            catch (TikzException error)
            {
                Fail(error.At, error.At, error.Message);
            }
    }

    private void Statement(TikzToken token)
    {
        if (token.IsSpace || token.Is(';'))
            return;
        try
        {
            if (token.Is('{'))
                Open("{", token.At);
            else if (token.Is('}'))
                Close("{", token.At);
            else if (token.Command is "begin" or "end" or "scope" or "endscope" or "foreach")
                Structure(token);
            else if (_definitions.Take(token, _isDrawing, _state) is { } changed)
                _state = changed;
            else if (_isDrawing && token.Command is { } name)
            {
                _statements.Add(token.At);
                Draw(token, name);
            }
            else if (_isDrawing)
                Stray(token);
        }
        catch (TikzException error)
        {
            Fail(token.At, error.At, error.Message);
        }
    }

    private void Structure(TikzToken token)
    {
        if (token.Command == "foreach")
        {
            TikzLoops.Read(_input, token, isGrouped: true);
            return;
        }
        var isBegin = token.Command is "begin" or "scope";
        var name = token.Command is "scope" or "endscope" ? "scope" : TikzText.Of(_input.Argument(token.At)).ToString();
        if (name is not ("tikzpicture" or "scope"))
        {
            if (_isDrawing && name is not "document")
                throw new TikzException($"the environment '{name}' is not understood", token.At);
            return;
        }
        if (!isBegin)
        {
            Close(name, token.At);
            return;
        }
        Open(name, token.At);
        if (name == "tikzpicture")
        {
            _isDrawing = ++_pictures == 1;
            if (!_isDrawing)
                throw new TikzException("the file has another picture; only the first is drawn", token.At);
            _state = _coordinates.Options.ApplyStyle(_state, "every picture");
        }
        if (_input.Optional() is { } options)
            _state = _coordinates.Options.Apply(_state, TikzText.Of(_input.Expanded(options))).ForPath();
    }

    private void Open(string name, int at)
    {
        if (_open.Count >= 200)
            throw new TikzLimitException("groups are nested too deeply", at);
        _open.Push(new Opened(name, at, _state, _clips, _input.Macros.Mark, _context.Colours.Mark, _context.Styles.Mark));
    }

    private void Close(string name, int at)
    {
        if (!_open.TryPeek(out var opened) || opened.Name != name)
            throw new TikzException(name == "{" ? "'}' closes nothing" : $"the end of '{name}' has no beginning", at);
        _open.Pop();
        (_state, _clips) = (opened.State, opened.Clips);
        _input.Macros.Return(opened.Macros);
        _context.Colours.Return(opened.Colours);
        _context.Styles.Return(opened.Styles);
        if (name == "tikzpicture")
            _isDrawing = false;
    }

    private void Draw(TikzToken token, string name)
    {
        TikzState? begun = name switch
        {
            "draw" => _state.ForPath(draws: true),
            "fill" => _state.ForPath(fills: true),
            "filldraw" => _state.ForPath(draws: true, fills: true),
            "shade" => _state.ForPath(shades: true),
            "shadedraw" => _state.ForPath(draws: true, shades: true),
            "clip" => _state.ForPath(clips: true),
            "path" or "node" or "coordinate" => _state.ForPath(),
            _ => null,
        };
        if (begun is null)
        {
            SkipUnknown();
            throw new TikzException($"'\\{name}' is not understood", token.At);
        }
        var text = Collect(token);
        TikzPath path;
        if (name is "node" or "coordinate")
        {
            path = new TikzPath(_context) { State = begun };
            var cursor = new TikzCursor(text);
            _nodes.Read(path, cursor, name == "coordinate");
            if (!cursor.IsAtEnd)
                throw cursor.Error($"'{Arithmetic.Short(cursor.Rest)}' is not understood after a node");
        }
        else
            path = new TikzPathReader(_context, _coordinates, _nodes).Read(_coordinates.Options.ApplyStyle(begun, "every path"), text);
        Emit(path, token.At);
    }

    // A path's characters to its semicolon, its loops unrolled.
    private TikzSlice Collect(TikzToken start)
    {
        var (text, depth) = (new TikzText(), 0);
        while (_input.TryNext(out var token))
        {
            if (depth == 0 && token.Is(';'))
                return text.All;
            if (depth == 0 && token.Command is "draw" or "fill" or "filldraw" or "path" or "begin" or "end" or "clip"
                || depth == 0 && token.Is('}'))
            {
                _input.Return(token);
                throw new TikzException("no ';' ends this", start.At);
            }
            if (token.Command == "foreach")
            {
                TikzLoops.Read(_input, token, isGrouped: false);
                continue;
            }
            depth += token.Is('{') ? 1 : token.Is('}') ? -1 : 0;
            if (token.IsSpace && text.EndsWithWord("foreach"))
            {
                text.Drop("foreach".Length);
                TikzLoops.Read(_input, token, isGrouped: false);
                continue;
            }
            text.Add(token);
        }
        throw new TikzException("no ';' ends this", start.At);
    }

    // Text outside of any statement, to its end.
    private void Stray(TikzToken token)
    {
        var at = token.At;
        while (_input.TryRaw(out token) && !token.Is(';'))
            if (token.Command is not null || token.Is('}') || token.Is('{'))
            {
                _input.Return(token);
                break;
            }
        throw new TikzException("text that is in no statement", at);
    }

    // What is given to an unknown command, and what follows to the semicolon if more does.
    private void SkipUnknown()
    {
        while (_input.SkipSpace(out var token))
        {
            var close = token.Is('{') ? '}' : token.Is('[') ? ']' : token.Is('(') ? ')' : '\0';
            if (close != '\0')
            {
                _input.Balanced(token.Character, close, token.At);
                continue;
            }
            if (token.Command is null && !token.Is('}'))
                while (!token.Is(';') && token.Command is not ("draw" or "fill" or "filldraw" or "path" or "begin" or "end"))
                    if (!_input.TryRaw(out token))
                        return;
            if (!token.Is(';'))
                _input.Return(token);
            return;
        }
    }

    private void Emit(TikzPath path, int at)
    {
        var shaper = new TikzShaper(_scanner.CommentBefore(at), _scanner.Place(at).Line, _clips);
        var outline = RoundedCorners.Of(path.Outline);
        if (path.State.Clips && !outline.IsEmpty)
            _clips = [.. _clips, (outline, path.State.EvenOdd)];
        _shapes.AddRange(shaper.Shapes(path.State, outline));
        foreach (var node in _nodes.Take())
            _shapes.AddRange(shaper.Shapes(node));
    }

    private void Fail(int statement, int at, string message)
    {
        _nodes.Take();
        if (!_failed.Add(statement))
            return;
        _statements.Add(statement);
        if (_problems.Count < MostProblems)
            _problems.Add((at, message));
    }

    private sealed record Opened(string Name, int At, TikzState State, IReadOnlyList<(Outline Outline, bool EvenOdd)> Clips, int Macros,
        int Colours, int Styles);
}
