namespace Pellucid.Worlds.Stories;

/// <summary>
/// Events that some see and some do not, and exactly what everybody believes after them: the simulator behind
/// false-belief tasks (Wimmer and Perner 1983; Perner et al. 1987). Who is there when a thing is put somewhere, looks
/// into a container or hears of it believes that from then on; a label is believed only by those who know no better.
/// </summary>
public sealed class Story
{
    private readonly List<StoryEvent> _events = [];
    private readonly List<string> _present = [];
    private readonly List<(string Thing, string Container)> _truth = [];
    private readonly List<(string Agent, string Thing, string Container)> _beliefs = [];

    /// <summary>What happened, in order.</summary>
    public IReadOnlyList<StoryEvent> Events => _events;

    /// <summary>Everybody's beliefs at the end.</summary>
    public IReadOnlyList<Belief> Beliefs => [.. _beliefs.Select(belief =>
        new Belief(belief.Agent, belief.Thing, belief.Container, _truth.Contains((belief.Thing, belief.Container))))];

    /// <summary>Where the agent takes the thing to be; null if it never heard of it.</summary>
    public string? BelievedContainer(string agent, string thing) =>
        _beliefs.Find(belief => belief.Agent == agent && belief.Thing == thing).Container;

    /// <summary>What the agent takes to be in the container; null for nothing known.</summary>
    public string? BelievedThing(string agent, string container) =>
        _beliefs.Find(belief => belief.Agent == agent && belief.Container == container).Thing;

    /// <summary>Where the thing is.</summary>
    public string? TrueContainer(string thing) => _truth.Find(pair => pair.Thing == thing).Container;

    /// <summary>Lets something happen, told by the text up to character <paramref name="at"/>.</summary>
    public void Happen(Deed deed, string actor, string thing = "", string container = "", int at = 0)
    {
        _events.Add(new StoryEvent(deed, actor, thing, container, at));
        switch (deed)
        {
            case Deed.Enter:
                _present.Add(actor);
                break;
            case Deed.Leave:
                _present.Remove(actor);
                break;
            case Deed.Put:
                Place(thing, container);
                foreach (var witness in _present)
                    Learn(witness, thing, container);
                break;
            case Deed.Fill:
                Place(thing, container);
                break;
            case Deed.Read when BelievedThing(actor, container) is null:
            case Deed.Hear:
                Learn(actor, thing, container);
                break;
            case Deed.Look:
                foreach (var (found, _) in _truth.FindAll(pair => pair.Container == container))
                    Learn(actor, found, container);
                break;
        }
    }

    private void Place(string thing, string container)
    {
        _truth.RemoveAll(pair => pair.Thing == thing);
        _truth.Add((thing, container));
    }

    // A thing is in one container, and a container is full of one thing.
    private void Learn(string agent, string thing, string container)
    {
        _beliefs.RemoveAll(belief => belief.Agent == agent && (belief.Thing == thing || belief.Container == container));
        _beliefs.Add((agent, thing, container));
    }
}
